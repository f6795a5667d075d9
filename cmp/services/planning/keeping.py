"""Plans an environment and keeps the Plan: written where later commands find it, its addresses taken down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.ports.bundle import Ports
from cmp.ports.loaded import Loaded
from cmp.services.addresses import addressing
from cmp.services.planning import planning
from cmp.services.planning.planning import Wish


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A Plan and the name that it is kept under, such as its file."""

    plan: Plan
    name: str

    @property
    def document(self) -> dict[str, Any]:
        """The Plan."""
        return self.plan.document

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Why each component that has no place has none."""
        from cmp.scheduler.explain.wording import unplaced_sentence  # noqa: PLC0415 - few Plans need words

        return tuple(unplaced_sentence(missing) for missing in self.plan.unplaced)


def make_and_keep(
    ref: EnvironmentRef, ports: Ports, wish: Wish, out: str | None = None, loaded: Loaded | None = None
) -> KeptPlan:
    """Plan an environment anew and keep the Plan, in `out` or where Plans lie.

    Raises:
        Invalid: the environment is wrong, or the file cannot be written.
        NothingFits: its address plan has no room left.
    """
    loaded = loaded or ports.environments.load(ref)
    plan = planning.make_plan(ref, ports, wish, loaded)
    return _kept(plan, ports, ref, loaded, out)


def take_and_keep(
    ref: EnvironmentRef,
    ports: Ports,
    wish: Wish,
    report: Callable[[Event], None],
    loaded: Loaded | None = None,
) -> KeptPlan:
    """Take the Plan at hand where nothing that it depends on has changed, else plan anew; keep it.

    Raises:
        Invalid: the environment is wrong, or the file cannot be written.
        NothingFits: its address plan has no room left.
    """
    loaded = loaded or ports.environments.load(ref)
    plan = planning.plan_at_hand(ref, ports, wish, report, loaded)
    return _kept(plan, ports, ref, loaded)


def _kept(plan: Plan, ports: Ports, ref: EnvironmentRef, loaded: Loaded, out: str | None = None) -> KeptPlan:
    """Keep a Plan and the revision that it was made of, both or neither."""
    addressing.keep(plan, ports)
    with ports.together():
        ports.environments.keep(ref, loaded)
        name = out or ports.plans.keep(plan)
    if out is not None:
        ports.plans.hand_out(plan, out)
    return KeptPlan(plan, name)
