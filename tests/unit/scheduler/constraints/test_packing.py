"""Hosts are packed one by one: nothing is oversold, survivors stay, spread holds."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_component, a_workload

from cmp.model.recovery import Role
from cmp.model.workload import Spread
from cmp.scheduler.constraints.packing import Hosts, Room, any_order, pack
from cmp.scheduler.problem.rows import Row

SPREADS = st.sampled_from([Spread.NONE, Spread.HOST])


def a_row(name: str, size: tuple[int, ...], running: int, takeover: int, spread: Spread = Spread.NONE) -> Row:
    component = a_component(name, spread=spread)
    workload = a_workload(components=(component,))
    return Row(
        workload, component, Role.WARM, "pool", "cloud", "center", "", "image", size, running, takeover
    )


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    found = []
    for number in range(draw(st.integers(1, 6))):
        size = draw(st.tuples(st.integers(1, 6), st.integers(0, 6)))
        running = draw(st.integers(0, 4))
        takeover = running + draw(st.integers(0, 3))
        found.append(a_row(f"c{number}", size, running, takeover, draw(SPREADS)))
    return found


def carried(hosts: Hosts, packed: Sequence[Row]) -> list[tuple[int, int]]:
    return [
        (
            sum(packed[number].size[0] * count for number, count in host.items()),
            sum(packed[number].size[1] * count for number, count in host.items()),
        )
        for host in hosts
    ]


@given(rows=rows(), hosts=st.integers(1, 4), gone=st.sets(st.integers(0, 5)))
def test_a_witness_never_oversells_a_host(rows: list[Row], hosts: int, gone: set[int]) -> None:
    room = Room(hosts, (8, 8))
    after = [0 if number in gone else row.takeover for number, row in enumerate(rows)]

    witness = pack(rows, [after], room)

    if witness is None:
        return
    assert all(vcpu <= 8 and memory <= 8 for vcpu, memory in carried(witness.normal, rows))
    for number, row in enumerate(rows):
        each = [host.get(number, 0) for host in witness.normal]
        assert sum(each) == row.running
        assert row.component.spread is Spread.NONE or max(each) <= -(-row.running // hosts)
    for added in witness.added.values():
        both = [
            {
                number: (host.get(number, 0) if after[number] else 0) + more.get(number, 0)
                for number in range(len(rows))
            }
            for host, more in zip(witness.normal, added, strict=True)
        ]
        assert all(vcpu <= 8 and memory <= 8 for vcpu, memory in carried(both, rows))
        for number, row in enumerate(rows):
            each = [host[number] for host in both]
            assert sum(each) == after[number]
            assert row.component.spread is Spread.NONE or max(each) <= -(-after[number] // hosts)


@given(rows=rows(), hosts=st.integers(1, 4))
def test_where_any_order_would_do_a_packing_is_found(rows: list[Row], hosts: int) -> None:
    loose = [a_row(row.component.id, row.size, row.running, row.takeover) for row in rows]
    room = Room(hosts, (8, 8))

    if any_order(loose, [row.running for row in loose], room):
        assert pack(loose, [], room) is not None


def test_resources_are_added_up_for_any_order() -> None:
    many = [a_row("vcpus", (4, 0), 2, 2), a_row("memory", (0, 4), 2, 2)]

    assert any_order(many, [1, 1], Room(2, (8, 8)))
    assert not any_order([a_row("both", (4, 4), 3, 3)], [3], Room(3, (6, 6)))


def test_spread_over_hosts_uses_every_host() -> None:
    witness = pack([a_row("web", (1, 1), 4, 4, Spread.HOST)], [], Room(2, (8, 8)))

    assert witness is not None
    assert witness.normal == [{0: 2}, {0: 2}]


def test_what_left_makes_room_for_what_grows() -> None:
    rows = [a_row("leaves", (8, 1), 1, 1), a_row("grows", (8, 1), 0, 1)]

    assert pack(rows, [[1, 1]], Room(1, (8, 8))) is None
    assert pack(rows, [[0, 1]], Room(1, (8, 8))) is not None


def test_survivors_are_not_moved_to_make_room() -> None:
    rows = [a_row("small", (2, 0), 2, 2, Spread.HOST), a_row("large", (8, 0), 0, 1)]

    assert pack(rows, [[2, 1]], Room(2, (8, 8))) is None
    assert pack(rows, [[2, 1]], Room(3, (8, 8))) is not None
