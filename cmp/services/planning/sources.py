"""Reads what a Plan is made from, and says whether one is stale; imports nothing that plans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from cmp.errors import Stale
from cmp.model import facts
from cmp.model.cordon import Cordon
from cmp.model.environment import Environment
from cmp.model.plan import Origin, Plan, ZoneNetwork
from cmp.model.references import EnvironmentRef
from cmp.model.sealing import canonical
from cmp.ports.bundle import Ports
from cmp.ports.loaded import Loaded
from cmp.sentences import Sentence
from cmp.services.addresses.addressing import allocated
from cmp.services.planning.cordons import refuse_filling
from cmp.settings import ENGINE_VERSION, digest


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What was read: the files of an environment, and the networks that were given to it.

    `environment` is what is declared, as it is known on the day of planning: `expired` names the facts that
    are not known any more.
    """

    ref: EnvironmentRef
    loaded: Loaded
    networks: tuple[ZoneNetwork, ...]
    environment: Environment
    expired: tuple[str, ...] = ()
    source: str = ""
    """Where a Plan says that the environment is found again."""

    def on(self, day: date | None) -> Sources:
        """The sources as they are known on a day; without one everything is known."""
        if day is None:
            return replace(self, environment=self.loaded.environment, expired=())
        environment = facts.aged(self.loaded.environment, day)
        return replace(self, environment=environment, expired=facts.unknown(environment))

    def under(self, cordons: tuple[Cordon, ...]) -> Sources:
        """The sources with what is drained."""
        held = self.loaded.environment.changed(cordons=cordons)
        loaded = replace(self.loaded, environment=held)
        return replace(self, loaded=loaded, environment=self.environment.changed(cordons=cordons))

    def known_to(self, plan: Plan) -> Sources:
        """The sources with those facts unknown, and that drained, that were so to a Plan."""
        return self.under(plan.environment.cordons).as_aged(plan)

    def as_aged(self, plan: Plan) -> Sources:
        """The sources with those facts unknown that were unknown to a Plan; what is drained stays so."""
        names = set(facts.unknown(plan.environment))
        every = facts.facts_of(self.loaded.environment)
        ends = [each.fact.valid_until for each in every if each.name in names]
        last = max((end for end in ends if end is not None), default=None)
        return self.on(last + timedelta(days=1) if last else None)


def sources_of(ref: EnvironmentRef, ports: Ports, loaded: Loaded | None = None) -> Sources:
    """Read an environment, unless the use case has `loaded` it already, and allocate what it needs.

    Raises:
        Invalid: the environment is wrong.
        NothingFits: its address plan has no room left.
    """
    loaded = loaded or ports.environments.load(ref)
    networks = allocated(loaded.environment, ports)
    return Sources(ref, loaded, networks, loaded.environment, source=ports.environments.named(ref, loaded))


def inputs_hash(sources: Sources, origin: Origin) -> str:
    """SHA-256 over all a Plan is made from: files, allocations, what is drained, engine, moment, predecessor.

    Of the day of planning only the names of the facts that have expired count: it changes when one does.
    """
    files = [f"{name}={summed}" for name, summed in sources.loaded.sources]
    given = canonical([network.model_dump(mode="json") for network in sources.networks]).decode()
    known = [f"expired={name}" for name in sources.expired]
    known += [f"drained={canonical(c.model_dump(mode='json')).decode()}" for c in sources.environment.cordons]
    return digest([*files, given, *known, canonical(origin.model_dump(mode="json")).decode()])


def refuse_stale(plan: Plan, ports: Ports, read: Sources | None = None) -> None:
    """Refuse a Plan whose inputs, or what is drained, have changed since; `read` are those read already.

    Raises:
        Stale: the environment's files, the allocations or the engine are others now.
        Invalid: the environment cannot be read any more.
    """
    read = read or sources_of(ports.environments.found_again(plan.source, plan.environment.name), ports)
    sources = read.known_to(plan)
    if inputs_hash(sources, plan.origin) != plan.inputs_hash or plan.origin.engine != ENGINE_VERSION:
        raise Stale(
            Sentence(
                "the plan {hash} is stale: {ref} has changed since it was made",
                hash=plan.hash[:12],
                ref=read.ref,
            ),
            hint=Sentence("run `tricenter plan {ref}` again", ref=read.ref),
        )
    refuse_filling(plan, ports)
