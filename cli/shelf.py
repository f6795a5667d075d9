"""Knows commands by name and sentence, and imports what does one when it is called: `--help` is quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module  # noqa: TID251 - only modules of this package, the topmost layer
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from cli.helping import in_language, spoken_in


class Offer(NamedTuple):
    """A command before it is called.

    `target` is `module:name` in `cli`, a function or a group; `sentence` is what lists of commands show, word
    for word the first sentence of what the target says of itself.
    """

    target: str
    sentence: str


class Shelf(TyperGroup):
    """A group that lists what it offers, and brings the one command that is called."""

    offers: ClassVar[Mapping[str, Offer]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update({name: _Label(name, offer) for name, offer in self.offers.items()})

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that the arguments begin with, brought; its name and the other arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        found = in_language(command.brought(), spoken_in(ctx)) if isinstance(command, _Label) else command
        return name, found, rest


class _Label(TyperCommand):
    """Stands in lists, help and completion for a command that was not brought."""

    def __init__(self, name: str, offer: Offer) -> None:
        super().__init__(name, help=offer.sentence, rich_markup_mode=None)
        self._target = offer.target

    def brought(self) -> Any:
        """The command itself."""
        module, _, name = self._target.partition(":")
        found = getattr(import_module(f"cli.{module}"), name)
        return get_group(found) if isinstance(found, typer.Typer) else _alone(found)


def _alone(function: Callable[..., Any]) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(function)
    return get_command(app)
