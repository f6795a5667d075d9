"""The commands about schedules of a service: what it asks for by itself."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.session import Session, session_of
from cmp.errors import Invalid
from cmp.sentences import Sentence

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Schedules of a service.")

Named = Annotated[str, typer.Argument(metavar="NAME", help="The name of a schedule.")]
Of = Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="The name of an environment that was pushed.")]
UNITS = {"m": 60, "h": 3_600, "d": 86_400}


@app.command("list")
def list_schedules(context: typer.Context) -> None:
    """List schedules: what is asked for, when, and how the last time went."""
    session = session_of(context)
    found = session.remote.speaking.get("/v1/schedules")
    rows = [_row(each) for each in found["items"]]
    session.table(
        ("name", "environment", "kind", "cron", "zone", "last", "operation", "missed", "message"), rows
    )
    session.answer(found)


@app.command("add")
def add(
    context: typer.Context,
    name: Named,
    environment: Of,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="One of validate, plan, prove, verify.")],
    cron: Annotated[
        str, typer.Option("--cron", help="Minute, hour, day, month, weekday, such as '0 3 * * *'.")
    ],
    zone: Annotated[
        str, typer.Option("--zone", help="The time zone of these, such as Asia/Shanghai.")
    ] = "UTC",
    catch_up: Annotated[
        str, typer.Option("--catch-up", help="Missed times: `skip` them, or catch up on the last `once`.")
    ] = "skip",
    oldest: Annotated[
        str, typer.Option("--oldest", help="How late a missed time may be made up for, such as 6h.")
    ] = "1d",
) -> None:
    """Have the service ask for something again and again, in your name, as long as you may."""
    session = session_of(context)
    wanted = {"kind": kind, "cron": cron, "zone": zone, "catch_up": catch_up, "oldest": _seconds(oldest)}
    made = session.remote.speaking.put(_path(environment, name), wanted, _why(session))
    session.table(("name", "environment", "kind", "cron", "zone"), [_row(made)[:5]])
    session.answer(made)


@app.command("pause")
def pause(context: typer.Context, name: Named, environment: Of) -> None:
    """Have a schedule ask for nothing; times that pass meanwhile are missed."""
    _asked(context, environment, name, "pause")


@app.command("resume")
def resume(context: typer.Context, name: Named, environment: Of) -> None:
    """Have a schedule that was paused ask again."""
    _asked(context, environment, name, "resume")


@app.command("remove")
def remove(context: typer.Context, name: Named, environment: Of) -> None:
    """Forget a schedule; what it asked for goes on."""
    session = session_of(context)
    session.remote.speaking.delete(_path(environment, name), _why(session))
    session.answer({"removed": name, "environment": environment})


def _asked(context: typer.Context, environment: str, name: str, verb: str) -> None:
    session = session_of(context)
    made = session.remote.speaking.post(f"{_path(environment, name)}/{verb}", headers=_why(session))
    session.table(("name", "environment", "message"), [(made["name"], made["environment"], made["paused"])])
    session.answer(made)


def _path(environment: str, name: str) -> str:
    return f"/v1/schedules/{environment}/{name}"


def _why(session: Session) -> dict[str, str]:
    return {"Tricenter-Reason": session.here.reason}


def _row(schedule: dict[str, Any]) -> tuple[object, ...]:
    told = {**schedule, "last": schedule["last"][:16].replace("T", " ")}
    names = ("name", "environment", "kind", "cron", "zone", "last", "operation", "missed")
    return (*(told[each] for each in names), schedule["paused"] or schedule["trouble"])


def _seconds(text: str) -> int:
    amount, unit = text[:-1], text[-1:]
    if not amount.isdecimal() or unit not in UNITS:
        raise Invalid(
            Sentence("{text} is no span of time", text=f"{text!r:.40}"), hint="such as 30m, 6h or 2d"
        )
    return int(amount) * UNITS[unit]
