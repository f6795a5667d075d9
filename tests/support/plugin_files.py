"""Loads plugins of the playbooks as what they are on a host: files that know nothing of Tricenter."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

PLUGINS = Path(__file__).resolve().parents[2] / "playbooks" / "plugins"


def plugin(path: str) -> ModuleType:
    """The module in a file below playbooks/plugins."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, PLUGINS / path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
