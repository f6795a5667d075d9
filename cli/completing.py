"""Completes what people type at a prompt; what cannot be read completes nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from cli.progress import Display
from cmp.errors import CmpError
from cmp.model.references import EnvironmentRef
from cmp.wiring import means_of
from cmp.words.languages import ENGLISH

if TYPE_CHECKING:
    from cmp.model.environment import Environment


def clouds_and_workloads(context: typer.Context, incomplete: str) -> list[str]:
    """The clouds and workloads of the Plan or environment in the line whose ids begin as typed."""
    with suppress(CmpError, OSError):
        environment = _environment(context)
        ids = [*sorted(environment.estate.cloud), *sorted(environment.workload)]
        return [name for name in ids if name.startswith(incomplete)]
    return []


def _environment(context: typer.Context) -> Environment:
    """What the line names, in the state folder that it names.

    Raises:
        Invalid: there is no such Plan or environment.
    """
    around, asked = context.find_root().params, context.params
    display = Display(quiet=True, styled=False, language=ENGLISH)
    ports = means_of(around["state"], around.get("addresses"), display, around.get("store")).ports
    kind = "plan" if "plan" in asked else "env"
    named = str(asked.get(kind) or next(iter(context.args), ""))  # an option without its value ends parsing
    if kind == "plan":
        return ports.plans.named(named).environment
    return ports.environments.load(EnvironmentRef.of(named)).environment
