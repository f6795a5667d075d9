"""Carries the hosts that a Plan packs over a loss, so that no replica which survives changes its host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cmp.model.plan import HostPacking, Packed, Packing, Plan
from cmp.model.recovery import Failure, Role
from cmp.scheduler.horizon.losing import Left, Spot


def standing_before(before: Plan, failures: Sequence[Failure], left: Left) -> Plan:
    """A Plan of what is left, to start from: each row on the hosts that it stood on, in the role it has now.

    What a takeover starts goes where the Plan before packed it for that very failure.
    """
    now = {(row.workload, row.component, row.pool): row.role for row in left.placements}
    extra = {
        packing.pool: packing
        for packing in before.packings
        if packing.failure in {str(each) for each in failures[:1]}
    }
    packings = tuple(
        _packing(packing, extra.get(packing.pool), (left.was, now))
        for packing in before.packings
        if not packing.failure
    )
    known = {packing.pool for packing in packings}
    cold = tuple(
        _packing(Packing(pool=pool, hosts=(), any_order=True), packing, (left.was, now))
        for pool, packing in sorted(extra.items())
        if pool not in known
    )
    return before.model_copy(update={"placements": left.placements, "packings": (*packings, *cold)})


def _packing(
    normal: Packing, extra: Packing | None, roles: tuple[Mapping[Spot, Role], Mapping[Spot, Role]]
) -> Packing:
    was, now = roles
    hosts: dict[int, Counter[tuple[str, str]]] = {}
    for packing in (normal, extra):
        for host, row in _rows(packing.hosts if packing else ()):
            spot = row.workload, row.component, normal.pool
            grows = was.get(spot) is not now.get(spot)
            if was.get(spot) is row.role and (packing is normal or grows):
                hosts.setdefault(host, Counter())[row.workload, row.component] += row.count
    return normal.model_copy(
        update={
            "hosts": tuple(
                HostPacking(
                    host=host,
                    rows=tuple(
                        Packed(
                            workload=workload,
                            component=component,
                            role=now[workload, component, normal.pool],
                            count=count,
                        )
                        for (workload, component), count in sorted(rows.items())
                    ),
                )
                for host, rows in sorted(hosts.items())
            ),
            "stopped": (),
        }
    )


def _rows(hosts: Iterable[HostPacking]) -> Iterable[tuple[int, Packed]]:
    return ((host.host, row) for host in hosts for row in host.rows)
