"""Writes the JSON Schemas of every document into inventories/schema/, for editors and other programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cmp.model.base import Document
from cmp.model.environment import Calendars, Header, Workloads
from cmp.model.estate import Estate
from cmp.model.horizon import Horizon
from cmp.model.moves import MovePlan
from cmp.model.network import HostList, Network
from cmp.model.plan import Plan
from cmp.model.policy import Policy
from cmp.model.recovery import RecoveryFramework
from cmp.model.takeover import TakeoverTimes

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MODELS: Final[Mapping[str, type[Document]]] = {
    "environment": Header,
    "estate": Estate,
    "network": Network,
    "workloads": Workloads,
    "policy": Policy,
    "calendars": Calendars,
    "hosts": HostList,
    "recovery-framework": RecoveryFramework,
    "takeover-times": TakeoverTimes,
    "plan": Plan,
    "moves": MovePlan,
    "horizon": Horizon,
}
"""The model of each schema: six files of an environment, the host lists that network.yaml names, and more."""


def schemas() -> dict[str, str]:
    """The text of every schema by its file name."""
    return {f"{name}.schema.json": _text(name, model) for name, model in MODELS.items()}


def _text(name: str, model: type[Document]) -> str:
    mode = "serialization" if model in {Plan, MovePlan, Horizon} else "validation"
    schema: dict[str, Any] = {"$schema": DIALECT, "$id": f"{name}.schema.json"}
    schema |= model.model_json_schema(by_alias=True, mode=mode)  # type: ignore[arg-type]  # a literal
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write(folder: Path) -> tuple[Path, ...]:
    """Write every schema into `folder` and return the files whose text changed.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in schemas().items():
        file = folder / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            changed.append(file)
    return tuple(changed)


if __name__ == "__main__":
    for path in write(Path(sys.argv[1] if len(sys.argv) > 1 else "inventories/schema")):
        sys.stdout.write(f"wrote {path}\n")
