"""Wires the commands together, reads the global options and turns refusals into one line and an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from cli.commands import Commands
from cli.helping import in_language
from cli.hints import PLAIN, Call, call_of
from cli.leaving import be_writable, leave_by
from cli.progress import Display
from cli.session import Session, language
from cmp.errors import Invalid
from cmp.wiring import Asker, heard_compiling, means_of
from cmp.words.languages import of_surroundings

STATE = Path(".tricenter")
GLOBAL_FLAGS = {"--json", "--quiet", "--no-color"}
GLOBAL_OPTIONS = {"--state", "--server", "--lang", "--ipam", "--store", "--actor", "--reason", "--events"}
SELDOM = (200_000, 50, 1000)
"""New values before Python looks for circles among the newest, and how often it looks among older ones."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WITH_VALUE = ("--state=", "--server=", "--lang=", "--ipam=", "--store=", "--actor=", "--reason=", "--events=")

app = typer.Typer(
    name="tricenter",
    cls=Commands,
    help="Places, proves and carries out a two-location, three-center estate (兩地三中心).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def tell_version(context: typer.Context, wanted: bool) -> None:
    """Say which Tricenter this is, and end."""
    if not wanted:
        return
    import json  # noqa: PLC0415 - `--help` has to be quick
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        found = version("tricenter")
    except PackageNotFoundError:  # a copy of the sources that nobody installed
        found = "unknown"
    print(json.dumps({"version": found}) if context.params.get("json") else f"tricenter {found}")
    raise typer.Exit


AddressesUrl = Annotated[
    str | None,
    typer.Option(
        "--ipam",
        metavar="URL",
        envvar="TRICENTER_IPAM",
        help="The database of addresses; SQLite in --state.",
    ),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        envvar="TRICENTER_STORE",
        help="The database of a state that several share; files in --state.",
    ),
]
ServiceUrl = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", envvar="TRICENTER_SERVER", help="Ask a running service instead."),
]
EventsFile = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="FILE",
        envvar="TRICENTER_EVENTS",
        help="Append what happens to a file, as JSON lines.",
    ),
]


@app.callback()
def options(
    context: typer.Context,
    json: Annotated[
        bool,
        typer.Option(
            "--json", is_eager=True, help="One JSON document on standard output, logs on standard error."
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    state: Annotated[Path, typer.Option("--state", help="Where Plans, state and labs are kept.")] = STATE,
    server: ServiceUrl = None,
    addresses: AddressesUrl = None,
    store: StoreUrl = None,
    lang: Annotated[
        str | None, typer.Option("--lang", help="en, zh_Hans or zh_Hant; by default that of the locale.")
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option("--actor", envvar="TRICENTER_ACTOR", help="Who asks, where a pipeline does; user@host."),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", envvar="TRICENTER_REASON", help="Why; stands in the audit of changes.")
    ] = "",
    events: EventsFile = None,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=tell_version, help="Say which Tricenter this is."),
    ] = False,
) -> None:
    """Keep the global options for the command that follows."""
    del version  # told already
    styled = not (no_color or os.environ.get("NO_COLOR"))
    display = Display(quiet=quiet, styled=styled, language=language(lang))
    means = means_of(state, addresses, display, store, Asker(actor, reason), events)
    call = context.obj if isinstance(context.obj, Call) else PLAIN
    context.obj = Session(means, json, quiet, styled, display.language, display, call, server or None, store)
    context.with_resource(heard_compiling(display))


def run() -> None:
    """The console script `tricenter`: run one command, answer refusals, end with the class's exit code."""
    start_quickly(os.environ)
    arguments = hoisted(sys.argv[1:])
    keep_loopback_direct(os.environ)
    be_writable(sys.stdout, sys.stderr)
    call = replace(call_of(sys.argv[0], arguments), language=spoken(arguments))
    sys.exit(leave_by(lambda: called(arguments, call), arguments, state_of(arguments), call))


def called(arguments: list[str], call: Call) -> object:
    """Run the command that hoisted arguments name, its help in the reader's language.

    Raises:
        Invalid: a language was asked for that Tricenter does not speak.
    """
    command = in_language(get_command(app), language(named(arguments, "--lang")))
    return command(args=arguments, standalone_mode=False, obj=call)


def start_quickly(variables: MutableMapping[str, str]) -> None:
    """Leave out what costs each command time and brings it nothing.

    Python looks for circles among values that nobody uses any more every few hundred new values, and once
    more at the end: a third of what planning takes. Almost nothing here is circular, so it looks seldom, and
    not at the end. Pydantic reads the metadata of every installed package for plugins: we have none.
    """
    gc.set_threshold(*SELDOM)
    atexit.register(gc.freeze)
    variables.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def keep_loopback_direct(variables: MutableMapping[str, str]) -> None:
    """Let nothing that runs on this machine (lab, engine, its providers) be asked for through a proxy."""
    listed = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    hosts = [host for host in listed.split(",") if host]
    direct = ",".join(dict.fromkeys([*hosts, *LOOPBACK]))
    variables.update({"no_proxy": direct, "NO_PROXY": direct})


def hoisted(arguments: list[str]) -> list[str]:
    """The arguments with the global options moved to the front, so that they may stand anywhere."""
    front: list[str] = []
    rest: list[str] = []
    index = 0
    while index < len(arguments):
        argument = arguments[index]
        if argument == "--":
            return front + rest + arguments[index:]
        if argument in GLOBAL_FLAGS or argument.startswith(WITH_VALUE):
            front.append(argument)
        elif argument in GLOBAL_OPTIONS:
            front += arguments[index : index + 2]
            index += 1
        else:
            rest.append(argument)
        index += 1
    return front + rest


def state_of(arguments: list[str]) -> Path:
    """The state folder that hoisted arguments name, else the usual one."""
    return Path(named(arguments, "--state") or STATE)


def spoken(arguments: Sequence[str]) -> str:
    """The language for what goes wrong: the one asked for, where Tricenter speaks it, else the locale's."""
    try:
        return language(named(arguments, "--lang"))
    except Invalid:
        return of_surroundings(os.environ)


def named(arguments: Sequence[str], option: str) -> str | None:
    """What hoisted arguments give for a global option; None where they do not name it."""
    given = [each.partition("=")[2] for each in arguments if each.startswith(f"{option}=")]
    given += [arguments[index + 1] for index, each in enumerate(arguments[:-1]) if each == option]
    return given[0] if given else None
