"""The commands `tricenter bench …`: public and generated problems to measure the engine on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.session import leave, session_of, shown
from cmp.errors import Interrupted

app = typer.Typer(help="Benchmarks of the engine.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def bench() -> None:
    """Benchmarks of the engine."""


@app.command()
def reassignment(
    context: typer.Context,
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The instance: model_*.txt.")],
    initial: Annotated[Path, typer.Argument(metavar="INITIAL", help="Its start: assignment_*.txt.")],
    out: Annotated[Path, typer.Option("--out", metavar="NEW", help="Where to write the assignment.")],
    seconds: Annotated[float, typer.Option("--seconds", min=0, help="How long to search.")] = 300.0,
    threads: Annotated[int, typer.Option("--threads", min=1, max=64, help="Searches at once.")] = 2,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Starts the random numbers.")] = 0,
    effort: Annotated[
        int | None,
        typer.Option("--effort", min=0, help="Instead of seconds: millions of moves to try, by each thread."),
    ] = None,
) -> None:
    """Reassign processes to machines (ROADEF/EURO Challenge 2012); Ctrl-C keeps the best so far."""
    from cmp.bench import reassignment as benching  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    wish = benching.wish_of(seconds, effort, threads, seed)
    result = benching.reassign(model, initial, out, wish, session.report)
    rows = [(session.word(name), f"{cost:,}") for name, cost in result.parts.items()]
    session.table(("part", "cost"), rows, title=session.word("reassigned"))
    session.line(
        session.word(
            "reassignment_cost", cost=f"{result.cost:,}", initial=f"{result.initial:,}", path=shown(out)
        )
    )
    if result.kept is not None:
        session.line(session.word("reassignment_kept", cost=f"{result.kept:,}", path=shown(out)))
    session.answer({"out": str(out), "seed": seed, "threads": threads, **asdict(result)})
    if result.stopped:
        session.line(session.word("reassignment_stopped"))
        leave(Interrupted)


@app.command()
def placement(
    context: typer.Context,
    workloads: Annotated[int, typer.Option("--workloads", min=1, help="Systems; two components each.")],
    pools: Annotated[int, typer.Option("--pools", min=3, help="Pools of hosts in three centers.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the estate and of the search.")] = 1,
    hosts: Annotated[
        int | None, typer.Option("--hosts", min=1, help="Hosts a pool at least; else what is needed.")
    ] = None,
    effort: Annotated[
        int | None, typer.Option("--effort", min=0, help="Attempts to improve; 0 constructs only.")
    ] = None,
    exact: Annotated[
        float, typer.Option("--exact", metavar="SECONDS", min=0, help="Let CP-SAT better the bound so long.")
    ] = 0.0,
    branches: Annotated[
        int | None,
        typer.Option("--branches", min=1, help="Branches on whole hosts that the bound looks into."),
    ] = None,
    bounds: Annotated[
        bool, typer.Option("--bound/--no-bound", help="Work out the bound and a simple method's cost.")
    ] = True,
    master: Annotated[
        bool | None,
        typer.Option(
            "--master/--no-master", help="Choose all as a whole, or nothing; else where it is small."
        ),
    ] = None,
) -> None:
    """Place and prove a generated estate; measure speed, memory, and the gap to the bound."""
    from cmp.bench.placement import BORDERS, Wanted, measure  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    wanted = Wanted(workloads, pools, seed, hosts, effort, exact, bounds, branches, BORDERS[master])
    found = measure(wanted, session.report)
    shown_rows = [
        (session.word(f"measured_{name}"), _figure(value))
        for name, value in asdict(found).items()
        if value is not None
    ]
    session.table(("figure", "value"), shown_rows, title=session.word("measured"))
    session.answer({"seed": seed, **asdict(found)})


@app.command()
def bound(
    context: typer.Context,
    environment: Annotated[Path, typer.Argument(metavar="ENV", help="The environment's folder.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the search.")] = 0,
    effort: Annotated[
        int | None, typer.Option("--effort", min=0, help="Attempts to improve; 0 constructs only.")
    ] = None,
    branches: Annotated[
        int, typer.Option("--branches", min=1, help="Branches on whole hosts to look into, for each bound.")
    ] = 64,
) -> None:
    """Plan an environment; prove how near that is to any placement, and to those that keep headroom."""
    from cmp.bench.bounds import compared  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = asdict(compared(environment, (seed, effort, branches), session.report))
    rows = [(session.word(f"compared_{name}"), _figure(value)) for name, value in found.items()]
    session.table(("figure", "value"), rows, title=session.word("compared"))
    session.answer({"environment": str(environment), "seed": seed, "branches": branches, **found})


@app.command()
def stability(
    context: typer.Context,
    workloads: Annotated[int, typer.Option("--workloads", min=1, help="Systems; two components each.")],
    pools: Annotated[int, typer.Option("--pools", min=3, help="Pools of hosts in three centers.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the estate and of the search.")] = 1,
) -> None:
    """Change a generated estate a little, plan anew, and count what moves."""
    from cmp.bench.placement import Wanted, steady  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = steady(Wanted(workloads, pools, seed), session.report)
    rows = [(each.change, each.replicas_moved, each.forced, each.running) for each in found]
    session.table(("change", "moves", "forced", "running"), rows, title=session.word("steady"))
    session.answer({"seed": seed, "changes": [asdict(each) for each in found]})


@app.command()
def admission(
    context: typer.Context,
    workloads: Annotated[int, typer.Option("--workloads", min=1, help="Systems that stand.")],
    pools: Annotated[int, typer.Option("--pools", min=3, help="Pools of hosts in three centers.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the estate.")] = 1,
    table: Annotated[
        bool, typer.Option("--table/--histogram", help="Every verdict of every pool, or counts of reasons.")
    ] = True,
) -> None:
    """Ask for one new workload after the other; survival is proved anew for each."""
    from cmp.bench.admission import admissions  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = asdict(admissions(workloads, pools, seed, session.report, table=table))
    rows = [(session.word(f"waited_{name}"), _figure(value)) for name, value in found.items()]
    session.table(("figure", "value"), rows, title=session.word("admitted"))
    session.answer({"seed": seed, **found})


def _figure(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,}"


@app.command()
def classes(context: typer.Context) -> None:
    """Share a loaded line among traffic classes, in a lab of its own; needs root and iperf3."""
    from cmp.bench.classes import measure_classes  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = measure_classes()
    rows = [
        (run, each["name"], f"IPv{each['family']}", f"{each['mbps']:.1f}", f"{each['median_ms']:.2f}")
        for run, shares in found["runs"].items()
        for each in shares
    ]
    heads = ("run", "class", "family", "Mbit/s", "ping ms")
    session.table(heads, rows, title=session.word("classes_measured"))
    session.answer(found)


@app.command()
def ipam(
    context: typer.Context,
    count: Annotated[int, typer.Option("--count", min=64, help="Single allocations to time.")] = 4000,
) -> None:
    """Give out addresses, one at a time, many at once and to 64 at the same time; --ipam names a database."""
    from cmp.bench.addresses import measure_addresses  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = asdict(measure_addresses(session.means, count))
    rows = [(session.word(f"ipam_{name}"), _figure(value)) for name, value in found.items()]
    session.table(("figure", "value"), rows, title=session.word("ipam_measured"))
    session.answer({"count": count, **found})


@app.command()
def migration(
    context: typer.Context,
    env: Annotated[
        Path | None, typer.Option("--env", help="The environment.", show_default="the example `reference`")
    ] = None,
    network: Annotated[str, typer.Option("--network", help="The private network.")] = "office-old-net",
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Only the plan of 10,000 hosts; needs neither root nor a lab.")
    ] = False,
) -> None:
    """Move a network in a host lab of its own: start, assessment, waves, probes, ways back, planning."""
    from cmp.bench.migration import measure_migration, measure_plan  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = (measure_plan if plan_only else measure_migration)(session.means, env, network)
    rows = [(name, f"{value:,.1f}") for name, value in found.items()]
    session.table(("figure", "value"), rows, title=session.word("net_measured"))
    session.answer(found)
