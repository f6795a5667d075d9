"""Holds what comparing finds: one difference, and what it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Consequence(StrEnum):
    """What a difference breaks, the worst first."""

    DATA = "two-writers"
    RECOVERY = "breaks-recovery"
    SECURITY = "security"
    SERVICE = "breaks-service"
    COST = "costs-money"
    HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as declared; `declared` or `real` is '-' where there is none."""

    cloud: str
    kind: str
    resource: str
    field: str
    declared: str
    real: str
    consequence: Consequence
    passing: bool = False
    """True for what a cluster may still be doing: pods that start, endpoints that follow them."""
