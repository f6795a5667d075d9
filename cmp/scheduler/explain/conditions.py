"""Judges what depends on the rest of the Plan: place, room, hosts, spread, links, round trips and quotas."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cmp.model.recovery import Role, Where
from cmp.model.workload import Spread
from cmp.scheduler.constraints import links, quotas
from cmp.scheduler.constraints.options import size_on
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from cmp.scheduler.explain.beside import apart, at_most, near, one_form
from cmp.scheduler.explain.host_rooms import Wish, host_by_host, packs
from cmp.scheduler.explain.ledger import FULL
from cmp.scheduler.explain.setting import Setting, takeover_on
from cmp.scheduler.explain.state import PlacedState
from cmp.scheduler.problem.groups import Bounded
from cmp.scheduler.problem.layouts import place_fits, synchronous_between
from cmp.scheduler.problem.rows import Row

Condition = Callable[[Setting, Ask, Seat, PlacedState], Verdict]


def dynamic(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Iterator[Verdict]:
    """Every condition's verdict, whatever the first says."""
    for condition in CONDITIONS:
        yield condition(setting, ask, seat, state)


def _place(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """The side stands where its group stands, at the place that its grade asks for."""
    stands = sorted({row.center for row in setting.rows})
    if setting.side is None or not setting.home:
        return Verdict("place", "any center", seat.center, ok=True)
    if setting.role is not Role.BACKUP and stands:
        if seat.center in stands:
            return Verdict("place", stands[0], seat.center, ok=True)
        sentence = f"the {setting.role.value} side of {ask.workload.id} stands in {stands[0]} as a whole"
        return Verdict("place", stands[0], seat.center, False, None, "place", sentence)
    where = setting.side.where
    centers = state.snapshot.environment.estate.center
    if place_fits(where, centers[setting.home], centers[seat.center]):
        return Verdict("place", _place_name(where, setting.home), seat.center, ok=True)
    sentence = (
        f"the {setting.role.value} side belongs in {_place_name(where, setting.home)}, not in {seat.center}"
    )
    return Verdict("place", _place_name(where, setting.home), seat.center, False, None, "place", sentence)


def _place_name(where: Where, home: str) -> str:
    return {
        Where.HOME: home,
        Where.OTHER_CENTER: f"a center other than {home}",
        Where.SAME_CITY: f"the other center in the city of {home}",
        Where.OTHER_LOCATION: f"another location than that of {home}",
    }[where]


def _linked(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """A link leads to its home, where what a further side is to run comes from, and to whom it talks to."""
    estate = state.snapshot.environment.estate
    home = setting.home if setting.side is not None else ""
    if home and not estate.connects(home, seat.center):
        sentence = f"there is no link between {home}, where {ask.tenant.name} runs, and {seat.center}"
        return Verdict("linked", f"to {home}", "none", False, None, "linked", sentence)
    for bound, other in _talks(setting, ask, state):
        if not estate.connects(seat.center, other):
            who = f"{bound.workload} asks {bound.asked}"
            sentence = f"{who}, and there is no link between {seat.center} and {other}"
            return Verdict("linked", f"to {other}", "none", False, None, "linked", sentence)
    return Verdict("linked", f"to {home}" if home else "no", "", ok=True)


def _synchronous(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """Where the grade asks for it, the link to home is synchronous."""
    if setting.side is None or not setting.side.synchronous or not setting.home:
        return Verdict("synchronous", "no", "", ok=True)
    if synchronous_between(state.snapshot.environment.estate, setting.home, seat.center):
        return Verdict("synchronous", f"from {setting.home}", f"to {seat.center}", ok=True)
    sentence = f"{ask.tenant.name} needs a synchronous link between {setting.home} and {seat.center}"
    return Verdict("synchronous", f"from {setting.home}", "none", False, None, "synchronous", sentence)


def _capacity(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """The whole side finds room by the pool's sums, in normal time and after each failure."""
    name = seat.pool.id
    count = takeover_on(setting, ask, seat, state)
    size = size_on(ask, seat, state.snapshot.accelerators)
    now = setting.ledger.peaks[name]
    then = setting.peak_with(seat, size, count, state)
    what = "a copy" if setting.role is Role.BACKUP else f"{count} replicas"
    observed = f"{now / 10:g} % used by others, {then / 10:g} % with it"
    margin = round(1 - then / FULL, 3)
    if then <= FULL:
        return Verdict("capacity", what, observed, True, margin)
    sentence = f"{name} is full: {what} of {ask.tenant.name} would take it to {then / 10:g} % of its capacity"
    return Verdict("capacity", what, observed, False, margin, "capacity", sentence)


def _hosts(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """The side can be packed on the pool's hosts beside what else stands there."""
    name = seat.pool.id
    count = takeover_on(setting, ask, seat, state)
    size = size_on(ask, seat, state.snapshot.accelerators)
    row = Row(
        ask.workload, ask.component, setting.role, name, seat.cloud.id, seat.center, ask.way.id, "", size,
        setting.counts(count)[0], count,
    )  # fmt: skip
    others = [(each, there) for each, there in zip(*state.on(name), strict=True) if each.side != row.side]
    wishes = [Wish(row, counts) for counts in setting.possible(seat, count, state)]
    room = state.snapshot.rooms[name]
    if any(packs(others, wish, room) for wish in wishes):
        return Verdict("hosts", f"{count} replicas", f"{room.hosts} hosts", ok=True)
    failures = [str(loss.failure) for loss in state.snapshot.losses]
    sentence = f"the {room.hosts} hosts of {name} cannot be packed with {count} replicas of {ask.tenant.name}"
    if told := host_by_host(others, wishes[0], room, failures, state.snapshot.accelerators):
        sentence += f": {told}"
    return Verdict("hosts", f"{count} replicas", f"{room.hosts} hosts", False, None, "hosts", sentence)


def _spread(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """What replicas of a side must not share leaves room for all of it on one pool."""
    spread = ask.component.spread
    count = takeover_on(setting, ask, seat, state)
    if setting.role is Role.MEMBER:
        return _members(ask, state)
    if setting.role is Role.BACKUP or spread in {Spread.NONE, Spread.HOST} or count == 1:
        return Verdict("spread", spread, f"{count} replicas", ok=True)
    if spread is Spread.POOL and len(setting.rows) > 1:
        return Verdict("spread", spread, f"{len(setting.rows)} pools", ok=True)
    sentence = f"{count} replicas of {ask.tenant.name} would share the {spread.value} {_shared(spread, seat)}"
    return Verdict("spread", spread, f"{count} replicas", False, 1 - count, f"spread:{spread}", sentence)


def _members(ask: Ask, state: PlacedState) -> Verdict:
    """All members of a quorum find centers and pools, as `spread` and `per_center` share them out."""
    component, quorum = ask.component, ask.component.quorum
    wanted = quorum.members if quorum else 0
    places = state.snapshot.needs[ask.workload.id, component.id].sides
    most = quorum.per_center if quorum and component.spread is not Spread.CENTER else 1
    pools = {center: len({option.pool for option in options}) for center, options in places.items()}
    by_pool = component.spread is Spread.POOL
    room = sum(min(most, there) if by_pool else most for there in pools.values())
    required, observed = f"room for {wanted} members", f"{room} in {len(places)} centers"
    if wanted <= room:
        return Verdict("spread", required, observed, ok=True)
    sentence = (
        f"{wanted} members of {ask.tenant.name} with `spread: {component.spread}`, "
        f"at most {most} in a center, find {room} places: {len(places)} centers have pools for them"
    )
    return Verdict("spread", required, observed, False, room - wanted, f"spread:{component.spread}", sentence)


def _shared(spread: Spread, seat: Seat) -> str:
    return seat.pool.id if spread is Spread.POOL else seat.center


def _bandwidth(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """What is replicated from home fits on the link, beside what else is replicated there."""
    rate = ask.component.data.change_kbps
    streams = (
        rate and setting.role not in {Role.PRIMARY, Role.MEMBER} and setting.home not in {"", seat.center}
    )
    if not streams:
        return Verdict("link", "nothing", "", ok=True)
    pair = (min(setting.home, seat.center), max(setting.home, seat.center))
    there = any(row.center == seat.center for row in setting.rows)
    most = max(each.get(pair, 0) for each in state.streams) + (0 if there else rate)
    usable = links.usable_kbps(state.snapshot.environment.estate, pair)
    required, observed = f"{most / 1000:g} Mbit/s in all", f"{usable / 1000:g} Mbit/s usable"
    margin = round(1 - most / usable, 3) if usable else -1.0
    if most <= usable:
        return Verdict("link", required, observed, True, margin)
    sentence = f"replication between {' and '.join(pair)} would take {required}, {observed}"
    return Verdict("link", required, observed, False, margin, "link", sentence)


def _round_trips(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """Whom it talks to within a bound is near enough, as everything stands in normal time."""
    estate = state.snapshot.environment.estate
    tightest = Verdict("rtt", "no bound", "", ok=True)
    for bound, other in _talks(setting, ask, state):
        rtt, most = estate.rtt_ms(seat.center, other), bound.max_rtt_ms
        if rtt is None or most is None:
            continue
        required, margin = f"{most:g} ms to {other}", round(most - rtt, 3)
        if margin < 0:
            sentence = f"from {seat.center} to {other}: {rtt:g} ms, {bound.words}"
            return Verdict("rtt", required, f"{rtt:g} ms", False, margin, "rtt", sentence)
        if tightest.margin is None or margin < tightest.margin:
            tightest = Verdict("rtt", required, f"{rtt:g} ms", True, margin)
    return tightest


def _talks(setting: Setting, ask: Ask, state: PlacedState) -> Iterator[tuple[Bounded, str]]:
    """Whom a side that serves in normal time asks, or who asks it, with the center where that one is."""
    if not setting.role.runs or setting.role is Role.WARM:
        return
    for bound in state.snapshot.bounds:
        other = _far_end(bound.workload, bound.asked, ask.workload.id, state)
        own = bound.workload != ask.workload.id or bound.component in {"", ask.component.id}
        if other and own:
            yield bound, other


def _far_end(asking: str, asked: str, own: str, state: PlacedState) -> str:
    """The home of the other workload of a bound; empty where there is none or it is of the same group."""
    other = asked if asking == own else asking if asked == own else own
    group = state.snapshot.group_of[other]
    placed = state.placed.get(group)
    same = group == state.snapshot.group_of[own]
    return "" if same or placed is None else placed.fates[0].home


def _quota(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """The owner's claims stay within the quotas with a side of this size."""
    policy = state.snapshot.environment.policy
    owner = ask.workload.owner
    if setting.role is Role.BACKUP or not any(quota.owner == owner for quota in policy.quotas):
        return Verdict("quota", "none", "", ok=True)
    size = size_on(ask, seat, state.snapshot.accelerators)
    counts = setting.counts(takeover_on(setting, ask, seat, state))
    for situation, claimed in enumerate(state.claims):
        total = list(claimed.get(owner, [0] * len(size)))
        for row, there in _own(setting, state):
            total = [have - each * there[situation] for have, each in zip(total, row.size, strict=True)]
        total = [have + each * counts[situation] for have, each in zip(total, size, strict=True)]
        excess = next(quotas.exceeded(policy.quotas, {owner: total}, state.snapshot.accelerators), None)
        if excess is not None:
            return Verdict("quota", f"within {owner}'s quota", "above", False, None, "quota", str(excess))
    return Verdict("quota", f"within {owner}'s quota", "within", ok=True)


def _own(setting: Setting, state: PlacedState) -> Iterator[tuple[Row, tuple[int, ...]]]:
    placed = state.placed.get(state.snapshot.group_of[setting.workload.id])
    for row, counts in zip(placed.rows, placed.counts, strict=True) if placed else ():
        if row in setting.rows:
            yield row, counts


CONDITIONS: tuple[Condition, ...] = (
    _place,
    _linked,
    _synchronous,
    one_form,
    near,
    apart,
    at_most,
    _capacity,
    _hosts,
    _spread,
    _bandwidth,
    _round_trips,
    _quota,
)
"""In the order in which they are told, after the constraints that depend on the pool alone."""
