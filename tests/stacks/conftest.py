"""Gives programs a small Plan; what runs them is Pulumi's own mocks, or with a marker the real engine."""

from __future__ import annotations

import pytest
from small_plan import a_small_plan

from cmp.model.plan import Plan


@pytest.fixture
def plan() -> Plan:
    """Three OpenStack centers and a leased AWS cloud; servers, a container, a cold side and a backup."""
    return a_small_plan()
