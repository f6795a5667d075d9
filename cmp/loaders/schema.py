"""Writes the JSON Schemas of every document into inventories/schema/, for editors and other programs."""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

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


class Described(GenerateJsonSchema):
    """A schema whose fields say what the text below each field in the source says.

    Pydantic can do that when a class is made; reading the source of every model costs each command a tenth
    of a second, and schemas are written seldom.
    """

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The schema of one model, with its fields described."""
        made = super().model_schema(schema)
        fields = schema["cls"].model_fields
        texts: dict[str, str] = {}
        for model in reversed(schema["cls"].__mro__):  # what a model is made of has fields of its own
            if issubclass(model, BaseModel) and model.__module__.startswith("cmp."):
                texts |= texts_of_fields(model)
        for name, text in texts.items():
            shown = made.get("properties", {}).get(fields[name].alias or name)
            if shown is not None:
                shown["description"] = text
        return made


def texts_of_fields(model: type[BaseModel]) -> dict[str, str]:
    """The text below each field in the source of a model, by the field's name."""
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = found.body if isinstance(found, ast.ClassDef) else []
    return {
        field.target.id: " ".join(below.value.value.split())
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


def schemas() -> dict[str, str]:
    """The text of every schema by its file name."""
    return {f"{name}.schema.json": _text(name) for name in MODELS}


def schema_of(name: str) -> dict[str, Any]:
    """The schema of one of `MODELS`, its fields in the order they are declared in."""
    model = MODELS[name]
    mode: JsonSchemaMode = "serialization" if model in {Plan, MovePlan, Horizon} else "validation"
    schema: dict[str, Any] = {"$schema": DIALECT, "$id": f"{name}.schema.json"}
    return schema | model.model_json_schema(by_alias=True, schema_generator=Described, mode=mode)


def _text(name: str) -> str:
    return json.dumps(schema_of(name), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


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
