"""Compares what is declared with what the clouds list; verifies a Plan after it was applied."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.services.carrying_out.access import left_out
from cmp.services.carrying_out.applying import workplace
from cmp.services.verifying.comparing import compare, unowned_servers
from cmp.services.verifying.differences import Difference
from cmp.services.verifying.documents import difference_document
from cmp.services.verifying.inventory import Inventory, take
from cmp.services.verifying.parts import clouds_of_part, of_part
from stacks.engine.holdings import holdings

LOOKS = 15
"""How often a cluster is looked at after a change, as long as something in it may still be starting."""

BETWEEN = 2.0
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Every difference between what is declared and what is there."""

    differences: tuple[Difference, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The differences, each with its class, what was declared and what is there."""
        return {"drifts": [difference_document(each) for each in self.differences]}


def look(means: Means, ref: EnvironmentRef) -> Drift:
    """List every difference between the Plan last applied and what is there, strangers' servers included.

    Raises:
        Invalid: the environment is wrong, or nothing was applied yet.
        TryLater: a cloud could not be listed: half a list is no answer.
    """
    plan, found = applied_and_listed(means, ref)
    return Drift((*verify(means, plan, found), *unowned_servers(plan, found.resources)))


def applied_and_listed(means: Means, ref: EnvironmentRef) -> tuple[Plan, Inventory]:
    """The Plan that an environment's clouds were changed to last, and what they list now.

    Raises:
        Invalid: the environment is wrong, or nothing was applied yet.
        TryLater: a cloud could not be listed: half a list is no answer.
    """
    environment = means.ports.environments.load(ref).environment
    applied = means.ports.applied.last(environment.name)
    if applied is None:
        raise Invalid(
            f"nothing of {environment.name} was applied yet", hint=f"run `tricenter up {ref}` first"
        )
    return applied.plan, _listed(means, applied.plan)


def read_back(means: Means, plan: Plan, part: Part = WHOLE) -> tuple[Inventory, tuple[Difference, ...]]:
    """List what is there and compare it with a Plan of which all or a part was just applied.

    Of a part only the clouds that it stands in are asked, and only what it consists of is told.

    Raises:
        TryLater: a cloud could not be listed.
    """
    for _ in range(LOOKS):
        found = _listed(means, plan, part)
        differences = of_part(part, plan, found.resources, verify(means, plan, found))
        if not any(each.passing for each in differences):
            break
        time.sleep(BETWEEN)  # noqa: TID251 - a poll with an end: pods take their time to start
    return found, differences


def verify(means: Means, plan: Plan, found: Inventory) -> tuple[Difference, ...]:
    """Every mismatch between a Plan and a listing; empty when all is as planned."""
    known = holdings(workplace(plan.environment, means.workshop, _quiet), plan.environment.name)
    return compare(plan, found.resources, known, left_out(means.workshop))


def _listed(means: Means, plan: Plan, part: Part = WHOLE) -> Inventory:
    wanted = clouds_of_part(part, plan)
    found = take({name: cloud for name, cloud in means.clouds(plan.environment).items() if name in wanted})
    found.require_complete()
    return found


def _quiet(_line: str) -> None:
    """Report to nobody."""
