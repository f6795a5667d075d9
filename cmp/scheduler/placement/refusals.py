"""Says why a group as a whole found no place: what forbids the first layout that has room for its sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.estate import Estate
from cmp.model.recovery import Role
from cmp.scheduler.board.choosing import Manner
from cmp.scheduler.board.limits import FINE
from cmp.scheduler.board.loops import count_shared, drop_rows, follow, place_sides, relax, remove_group
from cmp.scheduler.constraints import links, quotas
from cmp.scheduler.constraints.beside import aside, by_name, other_forms, too_close
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.placement.quorums import place_special, round_trips
from cmp.scheduler.problem.formats import Format, format_on
from cmp.scheduler.problem.groups import Group
from cmp.scheduler.problem.layouts import layouts_of, no_layout, unlinked
from cmp.scheduler.problem.neighbours import ties_of
from cmp.scheduler.recovery.recoverable import Recoverable
from cmp.scheduler.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a group cannot be taken."""

    constraint: str
    sentence: str


def why_not(placing: Placing, group: int, manner: Manner) -> Refusal:
    """What forbids a group that does not stand; the board is left as it was."""
    environment = placing.snapshot.environment
    tables = placing.board.tables
    kind = tables.group_kind[group]
    each = placing.snapshot.groups[group]
    first, end = int(tables.layout_start[kind]), int(tables.layout_start[kind + 1])
    if first == end:
        late = Recoverable(environment).why_not(each, layouts_of(each, environment))
        if late:
            return Refusal("objective", late)
        return Refusal("place", no_layout(each, environment))
    for layout in range(first, end):
        if place_sides(placing.handle, group, layout, manner) == FINE:
            found = _forbidden(placing, group, manner)
            if found is not None:
                return found
    forms = next(_no_common_form(placing.snapshot, each), "")
    if forms:
        return Refusal("format", forms)
    apart, asked = _apart(environment.estate), "; ".join(_asked(environment, each))
    wishes = f"; in its way may be: {asked}" if asked else ""
    return Refusal("capacity", f"no choice of centers has room for every side of {each.name}{apart}{wishes}")


def _no_common_form(snapshot: Snapshot, group: Group) -> Iterator[str]:
    """Byte-wise components of which no layout has one form of data in all centers of its sides."""
    estate = snapshot.environment.estate
    for workload in group.workloads:
        for component in workload.components:
            if not component.data.is_bytewise:
                continue
            there = {
                center: {format_on(estate, estate.pool[each.pool], each.image) for each in options}
                for center, options in snapshot.needs[workload.id, component.id].sides.items()
            }
            needed = [
                {layout.center(workload.recovery.grade, role) for role in Role if role.takes_over} - {None}
                for layout in layouts_of(group, snapshot.environment)
            ]
            shared = [
                set[Format].intersection(*(there.get(str(center), set()) for center in centers))
                for centers in needed
                if centers
            ]
            if shared and not any(shared):
                told = "; ".join(
                    f"{center} has {' or '.join(sorted(map(str, forms)))}"
                    for center, forms in sorted(there.items())
                )
                yield f"{workload.id}/{component.id} copies its data byte by byte, wanted one form: {told}"


def _asked(environment: Environment, group: Group) -> Iterator[str]:
    """What a group's components ask of those beside them, in words: any of it may leave them no room."""
    members = set(group.members)
    for tie in ties_of(environment):
        if {tie.one[0], tie.other[0]} & members:
            yield tie.words
    for workload in group.workloads:
        if workload.own_hosts:
            yield f"{workload.id} with hosts of {workload.owner} alone"
        for component in workload.components:
            most, name = component.at_most, f"{workload.id}/{component.id}"
            if most.per_host is not None:
                yield f"{name} at most {most.per_host} on a host"
            if most.per_pool is not None:
                yield f"{name} at most {most.per_pool} on a pool"
            if component.require.pools:
                yield f"{name} on {' or '.join(component.require.pools)} alone"
            if component.data.is_bytewise:
                yield f"{name} copied byte by byte"
    owners = {each.owner for each in environment.workloads if each.own_hosts} - {
        each.owner for each in group.workloads
    }
    if owners:
        yield f"hosts of {' and '.join(sorted(owners))} alone"


def _forbidden(placing: Placing, group: int, manner: Manner) -> Refusal | None:
    """What a group breaks whose sides stand; it is taken off again."""
    handle, name = placing.handle, placing.snapshot.groups[group].name
    if not follow(handle, group) or not relax(handle, group):
        lost = next(
            (
                str(loss.failure)
                for number, loss in enumerate(placing.snapshot.losses)
                if placing.fate(group, number).center is None
            ),
            None,
        )
        drop_rows(handle, group)
        return Refusal("survival", f"no center could take over {name} after {lost}") if lost else None
    count_shared(handle, group, 1)
    found = _over_link(placing) or _over_quota(placing)
    if found is None:
        breach = next(round_trips(placing, group), None)
        kind = "rtt" if breach is None or breach.rtt_ms is not None or breach.expired else "linked"
        found = Refusal(kind, str(breach)) if breach else _beside(placing, group)
    remove_group(handle, group)
    if found is None and group in placing.asked.special and place_special(placing, group, manner) is not None:
        apart = _apart(placing.snapshot.environment.estate)
        return Refusal("quorum", f"the members of a quorum of {name} find no right place{apart}")
    return found


def _beside(placing: Placing, group: int) -> Refusal | None:
    """Whom a group that stands may not stand beside, or what could not read its own data."""
    environment = placing.snapshot.environment
    members = set(placing.snapshot.groups[group].members)
    rows = placing.rows_of(group)
    for each in by_name(rows).values():
        for form in other_forms(environment.estate, each):
            return Refusal("format", str(form))
    ties = [tie for tie in ties_of(environment) if {tie.one[0], tie.other[0]} & members]
    names = {name for tie in ties for name, _ in (tie.one, tie.other)} - members
    numbers = {placing.group_number[placing.snapshot.group_of[name]] for name in names}
    others = [row for number in numbers if placing.is_placed(number) for row in placing.rows_of(number)]
    there = by_name([*rows, *others])
    for away in aside(ties, there):
        return Refusal("near", str(away))
    for close in too_close(ties, there, lambda row: row.running > 0, after=False):
        return Refusal("apart", str(close))
    for close in too_close(ties, there, lambda row: row.takeover > 0, after=True):
        return Refusal("apart", f"{close}: after a failure both would run there")
    return None


def _apart(estate: Estate) -> str:
    """Which centers an estate has that are not linked: they are no choice for who needs both."""
    names = unlinked(estate)
    return f"; there is no link between {names}" if names else ""


def _over_link(placing: Placing) -> Refusal | None:
    sums, centers = placing.board.sums, placing.names.centers
    estate = placing.snapshot.environment.estate
    for one, first in enumerate(centers):
        for other in range(one + 1, len(centers)):
            pair = (first, centers[other])
            most = int(sums.stream[:, placing.board.ground.pair[one, other]].max())
            if most > links.usable_kbps(estate, pair):
                between = " and ".join(pair)
                if estate.link(*pair) is None:
                    return Refusal(
                        "linked", f"data would have to be carried between {between}, without a link"
                    )
                return Refusal("link", f"too much would be replicated between {between}")
    return None


def _over_quota(placing: Placing) -> Refusal | None:
    policy, names = placing.snapshot.environment.policy, placing.names.owners
    claims = placing.board.sums.claim
    for situation in range(claims.shape[1]):
        claimed = {owner: claims[number, situation].tolist() for number, owner in enumerate(names)}
        for excess in quotas.exceeded(policy.quotas, claimed, placing.snapshot.accelerators):
            return Refusal("quota", str(excess))
    return None
