"""Tells differences between what is declared and what is there as documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmp.services.verifying.comparing import SERVERS
from cmp.services.verifying.differences import Difference
from cmp.services.verifying.inventory import Inventory


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


def counted(found: Inventory) -> tuple[int, int]:
    """How many servers and how many rules of ours a listing holds."""
    ours = [resource for resource in found.resources if resource.managed]
    servers = sum(resource.kind in SERVERS for resource in ours)
    rules = sum(
        len(resource.facts.get("rules", ())) for resource in ours if resource.kind == "security_group"
    )
    return servers, rules
