"""Says what a host of a private network is in the lab."""

from __future__ import annotations

from enum import StrEnum


class LabHost(StrEnum):
    """What stands for a host in the lab and in rehearsals."""

    NAMESPACE = "namespace"
    """A bare namespace with ifupdown: quick, and it says nothing of what lasts by another manager."""
    SYSTEM = "system"
    """A whole Debian with systemd and the host's own manager, whose reboots are real."""
