"""Tells differences between what is declared and what is there as documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cmp.clouds.labels import ENVIRONMENT
from cmp.services.verifying.differences import Difference
from cmp.services.verifying.inventory import Inventory
from cmp.services.verifying.unplanned import SERVERS

POD: Final = "pod"
"""It has no mark of its own, and is ours where its labels name an environment."""


def difference_document(difference: Difference) -> dict[str, str]:
    """One difference, as JSON has it."""
    return {
        "class": difference.consequence.value,
        "cloud": difference.cloud,
        "kind": difference.kind,
        "resource": difference.resource,
        "field": difference.field,
        "declared": difference.declared,
        "real": difference.real,
    }


def verification_document(mismatches: Sequence[Difference]) -> dict[str, Any]:
    """What verification found, as JSON has it."""
    return {"verify": {"mismatches": [difference_document(each) for each in mismatches]}}


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of ours a listing holds; `rules` are those of servers' security groups."""

    servers: int
    pods: int
    rules: int


def counted(found: Inventory) -> Counted:
    """How many servers, running pods and rules of ours a listing holds."""
    ours = [resource for resource in found.resources if resource.managed]
    servers = sum(resource.kind in SERVERS for resource in ours)
    pods = sum(
        resource.kind == POD and ENVIRONMENT in resource.tags and bool(resource.facts.get("running"))
        for resource in found.resources
    )
    rules = sum(
        len(resource.facts.get("rules", ())) for resource in ours if resource.kind == "security_group"
    )
    return Counted(servers, pods, rules)
