"""A move begins only on hosts that are ready, a wave only while a window is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from support.builders import a_host_list, a_network, a_private_network, an_environment
from support.moving_network import WITNESSES, Bench, a_migration_plan, some_hosts

from cmp.errors import Refused
from cmp.model.migration_journal import HostStanding, MigrationJournal, MoveState
from cmp.model.network import Window
from cmp.network.moving.planning import MOVING
from cmp.network.moving.readiness import Capability, Readiness
from cmp.services.migrating import gates
from cmp.services.migrating.assessing import Matrix
from cmp.services.migrating.carrying import Carrier, carry
from cmp.services.migrating.migrating import begun, enter
from cmp.services.migrating.place import Place
from cmp.services.migrating.planning import Planned
from cmp.services.migrating.run import Run
from cmp.store.file_ports import FileMove

INSIDE = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
"""Eleven at night in Shanghai, on a Monday."""
OUTSIDE = datetime(2026, 1, 5, 23, 0, tzinfo=UTC)
WINDOW = Window(days="daily", start="22:00", end="06:00")


class Clock:
    """Shows the moments one after the other, and then the last one for ever."""

    def __init__(self, *moments: datetime) -> None:
        self.moments = list(moments)

    def __call__(self) -> datetime:
        return self.moments.pop(0) if len(self.moments) > 1 else self.moments[0]


def a_bench() -> Bench:
    private = a_private_network("desk-net", witnesses=WITNESSES, windows=(WINDOW,))
    return Bench(a_migration_plan(some_hosts(6), private=private))


def a_carrier(bench: Bench, clock: Clock, *, any_time: bool = False) -> Carrier:
    place = Place("real", bench.hosts, WITNESSES)
    run = Run(place, clock, lambda: "token", bench.said.append, any_time)
    return replace(bench.carrier(), place=place, enter=partial(enter, plan=bench.plan, run=run))


def a_journal(bench: Bench) -> MigrationJournal:
    return begun(bench.plan, "move", INSIDE, "real", MOVING)


def test_a_wave_does_not_begin_once_the_window_is_closed_and_goes_on_in_the_next() -> None:
    bench = a_bench()

    with pytest.raises(Refused, match="no change window of desk-net is open"):
        carry(a_journal(bench), a_carrier(bench, Clock(INSIDE, OUTSIDE)))

    left = bench.kept[-1]
    assert left.state is MoveState.STOPPED
    standings = [{entry.standing for entry in left.of(stage)} for stage in left.stages]
    assert standings[0] == {HostStanding.CONFIRMED}
    assert all(each == {HostStanding.WAITING} for each in standings[1:])
    assert carry(left, a_carrier(bench, Clock(INSIDE))).state is MoveState.DONE


def test_somebody_may_agree_to_any_time() -> None:
    bench = a_bench()

    assert carry(a_journal(bench), a_carrier(bench, Clock(OUTSIDE), any_time=True)).state is MoveState.DONE


def looked_at(**blocks: tuple[str, ...]) -> Matrix:
    rows = tuple(
        Readiness(host=name, capability=Capability.UPGRADE if why else Capability.READY, blocks=why)
        for name, why in blocks.items()
    )
    return Matrix(
        environment="test", network="desk-net", old=IPv4Network("192.0.2.0/24"), looked_at="now", rows=rows
    )


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            {"a": ("it is down",), "b": ()},
            "1 hosts of desk-net are not ready, nothing was changed: a: it is down$",
        ),
        (dict.fromkeys("abcdefg", ("no",)), "7 hosts of desk-net .* e: no and 2 more$"),
    ],
)
def test_no_real_host_moves_that_a_fresh_look_does_not_find_ready(
    found: dict[str, tuple[str, ...]], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = a_bench()
    private = a_private_network("desk-net", witnesses=WITNESSES, windows=(WINDOW,))
    environment = an_environment(
        network=a_network(private_networks=(private,)), hosts={"desk-net": a_host_list()}
    )
    planned = Planned(bench.plan, environment, FileMove(tmp_path))
    run = Run(Place("real", bench.hosts, WITNESSES), Clock(INSIDE), lambda: "token", bench.said.append)
    monkeypatch.setattr(gates, "assess", lambda *_: (looked_at(**found), {}))

    with pytest.raises(Refused, match=sentence):
        gates.refuse_unready(planned, run)

    monkeypatch.setattr(gates, "assess", lambda *_: (looked_at(a=(), b=()), {}))
    gates.refuse_unready(planned, run)
