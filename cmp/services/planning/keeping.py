"""Plans an environment and keeps the Plan: written where later commands find it, its addresses taken down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmp.loaders.loading import Loaded
from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.ports.bundle import Ports
from cmp.services.addresses import addressing
from cmp.services.planning import planning
from cmp.services.planning.planning import Wish
from cmp.store import plans


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A Plan and the file that it lies in."""

    plan: Plan
    file: Path

    @property
    def document(self) -> dict[str, Any]:
        """The Plan."""
        return self.plan.document

    def unplaced(self, language: str) -> tuple[str, ...]:
        """Why each component that has no place has none, as sentences in English or Chinese (`en`, `zh`)."""
        from cmp.scheduler.explain.wording import unplaced_sentence  # noqa: PLC0415 - few Plans need words

        return tuple(unplaced_sentence(missing, language) for missing in self.plan.unplaced)


def make_and_keep(
    folder: Path, ports: Ports, wish: Wish, out: Path | None = None, loaded: Loaded | None = None
) -> KeptPlan:
    """Plan an environment anew and keep the Plan, in `out` or where Plans lie.

    Raises:
        Invalid: the environment is wrong, or the file cannot be written.
        NothingFits: its address plan has no room left.
    """
    return _kept(planning.make_plan(folder, ports, wish, loaded), ports, out)


def take_and_keep(
    folder: Path, ports: Ports, wish: Wish, report: Callable[[Event], None], loaded: Loaded | None = None
) -> KeptPlan:
    """Take the Plan at hand where nothing that it depends on has changed, else plan anew; keep it.

    Raises:
        Invalid: the environment is wrong, or the file cannot be written.
        NothingFits: its address plan has no room left.
    """
    return _kept(planning.plan_at_hand(folder, ports, wish, report, loaded), ports, None)


def _kept(plan: Plan, ports: Ports, out: Path | None) -> KeptPlan:
    addressing.keep(plan, ports)
    if out is not None:
        plans.save_named(plan, out)
        return KeptPlan(plan, out)
    return KeptPlan(plan, Path(ports.plans.keep(plan)))
