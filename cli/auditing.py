"""The commands about the record of changes: list it, check it, sign how far it reaches."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli.session import leave, session_of
from cmp.errors import Differs
from cmp.words.events import told

LIST = "list"
SHOWN = 12
"""Characters of a hash that people read."""


class Listing(TyperGroup):
    """Lists where no other command of the group is named: `audit lab` is `audit list lab`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the arguments apart."""
        known = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if known else [LIST, *args])


app = typer.Typer(
    cls=Listing,
    help="Who changed an environment, when and why.",
    rich_markup_mode=None,
    no_args_is_help=False,
)


@app.command(LIST)
def audit(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="An environment's name; all.")] = None,
) -> None:
    """List who changed an environment, when and why; newest last."""
    from cmp.services.changes import auditing  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = auditing.listed(session.means, name)
    rows = [
        (
            entry.number,
            entry.at[:19].replace("T", " "),
            entry.asked.actor,
            entry.asked.environment,
            entry.asked.command,
            " ".join(filter(None, (session.word(f"audit_{entry.ended}"), entry.code))),
            entry.consent,
            entry.before[:SHOWN],
            entry.after[:SHOWN],
            entry.asked.reason,
        )
        for entry in found.entries
    ]
    columns = (
        "number",
        "when",
        "who",
        "environment",
        "command",
        "state",
        "consent",
        "before",
        "after",
        "reason",
    )
    session.table(columns, rows, title=session.word("audit_table"))
    session.answer(found)


@app.command()
def verify(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="What `--json audit` wrote; else the audit of this state."),
    ] = None,
    checkpoints: Annotated[
        list[str] | None,
        typer.Option("--checkpoint", metavar="FILE", help="One that was kept elsewhere; repeatable."),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE", help="The public key of who signed checkpoints.")
    ] = None,
) -> None:
    """Check the audit from its first entry to its last, offline; exit code 4 names the first broken one."""
    from cmp.handing import handed  # noqa: PLC0415
    from cmp.services.changes.checking import AuditWish, verify_audit  # noqa: PLC0415

    session = session_of(context)
    wish = AuditWish(
        handed(file, "the audit") if file else None,
        tuple(handed(each, "the checkpoint") for each in checkpoints or ()),
        handed(key, "the public key") if key else None,
    )
    found = verify_audit(session.means, wish)
    for each in found.findings:
        session.line(told(each, session.language))
    if not found.findings:
        session.line(session.word("audit_whole", entries=len(found.entries), checkpoints=found.checkpoints))
    session.answer(found)
    if found.findings:
        leave(Differs)


@app.command()
def checkpoint(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where it is written; keep it elsewhere.")],
) -> None:
    """Sign how far the audit reaches: kept elsewhere, it shows whether the end was cut off or replaced."""
    from cmp.handing import write_here  # noqa: PLC0415
    from cmp.services.changes import checking  # noqa: PLC0415

    session = session_of(context)
    made = checking.checkpoint(session.means)
    write_here(file, made.content)
    session.line(
        session.word("audit_checkpoint", number=made.checkpoint.number, hash=made.checkpoint.hash[:SHOWN])
    )
    session.answer(made)
