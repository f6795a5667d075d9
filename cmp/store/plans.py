"""Keeps Plans and what was applied; reads the allocations of states from before the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cmp.errors import Invalid
from cmp.model.plan import Plan, ZoneNetwork
from cmp.model.sealing import canonical, digest_of
from cmp.store.files import read, write_atomically
from cmp.store.unambiguous import refuse_ambiguous

Networks = TypeAdapter(tuple[ZoneNetwork, ...])


@dataclass(frozen=True, slots=True)
class Applied:
    """The Plan last applied and whether all of it was carried out."""

    plan: Plan
    complete: bool


def save(plan: Plan, path: Path) -> None:
    """Write a Plan's canonical bytes.

    Raises:
        TryLater: the file cannot be written; an older Plan there is unchanged.
    """
    write_atomically(path, plan.to_json())


def load(path: Path) -> Plan:
    """Read a Plan and check that nobody changed it since it was sealed.

    Raises:
        Invalid: there is no such file, it is no Plan of this schema, says something twice, or its hash does
            not match.
    """
    content = read(path, "the plan")
    plan = _parse(content, path)
    refuse_ambiguous(content, plan.to_json(), path)
    if plan.digest() != plan.hash:
        raise Invalid(
            f"{path} was changed after it was made: its hash does not match", hint="make the plan again"
        )
    return plan


def record_applied(plan: Plan, path: Path, *, complete: bool) -> None:
    """Remember that a Plan was applied, wholly or in part."""
    document = {"complete": complete, "plan": json.loads(plan.to_json())}
    write_atomically(path, canonical(document) + b"\n")


def last_applied(path: Path) -> Applied | None:
    """The Plan last applied, or None before the first time.

    Raises:
        Invalid: the record cannot be read, or its Plan is not the one that was applied.
    """
    if not path.exists():
        return None
    content = read(path, "the record of what was applied")
    document = _json(content, path)
    refuse_ambiguous(content, canonical(document) + b"\n", path)
    applied: Any = document.get("plan")
    plan = _parse(canonical(applied), path)
    if digest_of(applied) != plan.hash:
        raise Invalid(
            f"{path} was changed after it was written: the hash of its plan does not match",
            hint="put it back from a copy; or remove it, plan with --fresh and apply that",
        )
    return Applied(plan, bool(document.get("complete")))


def forget_applied(path: Path) -> None:
    """Remember nothing: the environment was taken down."""
    path.unlink(missing_ok=True)


def remembered_networks(path: Path) -> tuple[ZoneNetwork, ...]:
    """The networks that were allocated before there was a database; none where there is no such file.

    Raises:
        Invalid: the file cannot be read.
    """
    if not path.exists():
        return ()
    try:
        return Networks.validate_json(read(path, "the allocations"), strict=True)
    except ValidationError as error:
        raise Invalid(f"{path} holds no allocations: {error.errors()[0]['msg']}") from error


def _parse(content: bytes, path: Path) -> Plan:
    try:
        return Plan.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{path} is no plan that this version reads: {place}: {first['msg']}") from error


def _json(content: bytes, path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise Invalid(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise Invalid(f"{path} holds no record")
    return document
