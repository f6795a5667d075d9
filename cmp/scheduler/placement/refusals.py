"""Says why a group as a whole found no place: what forbids the first layout that has room for its sides."""

from __future__ import annotations

from dataclasses import dataclass

from cmp.model.estate import Estate
from cmp.scheduler.board.choosing import Manner
from cmp.scheduler.board.limits import FINE
from cmp.scheduler.board.loops import count_shared, drop_rows, follow, place_sides, relax, remove_group
from cmp.scheduler.constraints import links, quotas
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.placement.quorums import place_special, round_trips
from cmp.scheduler.problem.layouts import layouts_of, no_layout, unlinked
from cmp.scheduler.recovery.recoverable import Recoverable


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
    apart = _apart(environment.estate)
    return Refusal("capacity", f"no choice of centers has room for every side of {each.name}{apart}")


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
        found = Refusal(kind, str(breach)) if breach else None
    remove_group(handle, group)
    if found is None and group in placing.asked.special and place_special(placing, group, manner) is not None:
        apart = _apart(placing.snapshot.environment.estate)
        return Refusal("quorum", f"the members of a quorum of {name} find no right place{apart}")
    return found


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
