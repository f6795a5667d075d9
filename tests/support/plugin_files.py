"""Loads plugins of the playbooks as what they are on a host: files that know nothing of Tricenter."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

PLUGINS = Path(__file__).resolve().parents[2] / "playbooks" / "plugins"


def plugin(path: str) -> ModuleType:
    """The module in a file below playbooks/plugins; it finds those that lie beside it, as on a host."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, PLUGINS / path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    beside = str((PLUGINS / path).parent)
    sys.path.insert(0, beside)
    try:
        spec.loader.exec_module(made)
    finally:
        sys.path.remove(beside)
    return made
