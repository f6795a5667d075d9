"""Reads access rules once: upstream looks for changed files at every check, a tenth of a network call."""

from __future__ import annotations

from typing import Any

from oslo_policy import policy


def read_once() -> None:
    """Skip the look when the rules are loaded and none was registered since; call once, at the start."""
    load = policy.Enforcer.load_rules

    def load_unless_known(self: Any, force_reload: bool = False) -> None:
        known = len(self.registered_rules)
        if force_reload or not self.rules or getattr(self, "lab_loaded", None) != known:
            load(self, force_reload)
            self.lab_loaded = known

    policy.Enforcer.load_rules = load_unless_known
