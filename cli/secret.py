"""The command that keeps a secret, which is neither an argument nor shown."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from cli.session import session_of
from cmp.errors import Invalid
from cmp.sentences import Sentence

MOST = 1024 * 1024
"""Characters of a secret; a certificate with its key has a hundredth of it."""


def secret(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="secret://SCOPE/NAME")],
) -> None:
    """Keep a secret that environments name by reference; it is asked for, or read from a pipe."""
    from cmp.services.changes import secret_keeping  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    kept = secret_keeping.keep(session.means, reference, _asked_for(session.word("secret_asked")))
    session.line(session.word("secret_kept", reference=kept.reference))
    session.answer(kept)


def _asked_for(prompt: str) -> str:
    """The secret, from a terminal that does not show it, or from a pipe; without the line's end.

    Raises:
        Invalid: it is larger than any secret.
    """
    if sys.stdin.isatty():
        return getpass.getpass(f"{prompt}: ")
    text = sys.stdin.read(MOST + 1)
    if len(text) > MOST:
        raise Invalid(Sentence("a secret has at most {MOST} characters", MOST=f"{MOST:,}"))
    return text.rstrip("\n")
