"""Checks round-trip times between those that talk, in normal time and after each promised failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.freshness import CODE, asks_for_fresh, is_unknown
from cmp.verifier.reading import Name, Reading
from cmp.verifier.survival import Aftermath


@dataclass(frozen=True)
class Flow:
    """One asks the other, within a bound in ms if it states one.

    Both ends are the components that may stand for it. With `fresh` no time that has expired may serve.
    """

    asking: tuple[Name, ...]
    asked: tuple[Name, ...]
    bound: float | None
    fresh: bool = False

    @property
    def subject(self) -> str:
        """How findings name it."""
        one, other = (self._end(names) for names in (self.asking, self.asked))
        return f"{one} to {other}"

    @staticmethod
    def _end(names: tuple[Name, ...]) -> str:
        return "/".join(names[0]) if len(names) == 1 else names[0][0]


@dataclass(frozen=True)
class End:
    """Where one end of a flow runs: its main center, other active centers, or the members of its quorum."""

    main: str | None = None
    others: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()


def check_latency(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """Every flow, in normal time and after each failure promised to who asks: linked, and near enough."""
    for flow in _flows(reading.environment):
        yield from _far(reading, flow, _normal(reading, flow.asking), _normal(reading, flow.asked), "")
        asking = reading.environment.workload[flow.asking[0][0]]
        promised = set(reading.environment.promised(asking))
        for aftermath in afters:
            if aftermath.failure in promised:
                one, other = (_after(reading, names, aftermath) for names in (flow.asking, flow.asked))
                yield from _far(reading, flow, one, other, f" after {aftermath.failure}")


def _flows(environment: Environment) -> Iterator[Flow]:
    for workload in environment.workloads:
        every = tuple((workload.id, component.id) for component in workload.components)
        fresh = asks_for_fresh(environment, workload)
        for dependency in workload.depends_on:
            needed = environment.workload[dependency.workload]
            asked = tuple((needed.id, part.id) for part in needed.components)
            yield Flow(every, asked, dependency.max_rtt_ms, fresh and dependency.max_rtt_ms is not None)
        for component in workload.components:
            for talk in component.talks_to:
                asked = ((talk.workload or workload.id, talk.component),)
                bound = talk.max_rtt_ms
                yield Flow(((workload.id, component.id),), asked, bound, fresh and bound is not None)


def _normal(reading: Reading, names: Sequence[Name]) -> End:
    primaries, actives, members = (
        frozenset(
            center for name in names for center in reading.centers_of(reading.sides.get((name, role), ()))
        )
        for role in (Role.PRIMARY, Role.ACTIVE, Role.MEMBER)
    )
    if primaries:
        return End(main=min(primaries), others=actives)
    return End(members=members)


def _after(reading: Reading, names: Sequence[Name], aftermath: Aftermath) -> End:
    """Where an end runs after a failure; nowhere if it was hit without a promise."""
    before = _normal(reading, names)
    if before.main is None:
        alive = (
            row
            for name in names
            for row in reading.sides.get((name, Role.MEMBER), ())
            if row.pool not in aftermath.lost
        )
        return End(members=frozenset(reading.centers_of(alive)))
    workload = reading.environment.workload[names[0][0]]
    group = reading.group_of[workload.id]
    if group not in aftermath.hit:
        return End(main=before.main)
    if aftermath.failure not in reading.environment.promised(workload):
        return End()
    return End(main=aftermath.centers.get(group))


def _far(reading: Reading, flow: Flow, asking: End, asked: End, when: str) -> Iterator[Finding]:
    code = "rtt-after" if when else "rtt"
    for center, targets in _asks(asking, asked):
        reached = {target: reading.environment.estate.rtt_ms(center, target) for target in targets}
        over = {target for target in reached if flow.fresh and _is_over(reading.environment, center, target)}
        near = [rtt for target, rtt in reached.items() if rtt is not None and target not in over]
        if not near and over:
            away = ", ".join(sorted(over))
            yield Finding(
                CODE,
                flow.subject + when,
                Sentence("the round-trip time from {center} to {away} has expired", center=center, away=away),
            )
        elif not near:
            yield Finding(
                code,
                flow.subject + when,
                Sentence(
                    "{center} is not linked with {names}", center=center, names=", ".join(sorted(targets))
                ),
            )
        elif flow.bound is not None and min(near) > flow.bound:
            yield Finding(
                code,
                flow.subject + when,
                Sentence(
                    "{near} ms between {center} and {names}; at most {bound}",
                    near=f"{min(near):g}",
                    center=center,
                    names=", ".join(sorted(targets)),
                    bound=f"{flow.bound:g}",
                ),
            )


def _is_over(environment: Environment, one: str, other: str) -> bool:
    """True where the round-trip time between two centers has expired."""
    link = environment.estate.link(one, other)
    return link is not None and is_unknown(link, None)


def _asks(asking: End, asked: End) -> Iterator[tuple[str, frozenset[str]]]:
    """Who asks whom, of several the nearest.

    A primary and a member ask the primary, an active side the active side in its own center or else the
    primary; of a quorum the nearest member answers. An end that runs nowhere neither asks nor is asked.
    """
    main = frozenset() if asked.main is None else frozenset({asked.main})
    targets = main or asked.members
    if targets and asking.main is not None:
        yield asking.main, targets
    for center in sorted(asking.members if targets else ()):
        yield center, targets
    for center in sorted(asking.others if targets else ()):
        yield center, frozenset({center}) if center in asked.others else targets
