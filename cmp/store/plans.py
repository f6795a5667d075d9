"""Keeps Plans and what was applied; reads the allocations of states from before the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cmp.errors import Invalid
from cmp.model.json_texts import Malformed, parsed
from cmp.model.plan import Plan, ZoneNetwork
from cmp.model.sealing import canonical, digest_of
from cmp.ports.plans import Applied
from cmp.sentences import Sentence
from cmp.store.files import read_given, read_if_there, remove, write_atomically, write_named
from cmp.store.unambiguous import refuse_ambiguous

Networks = TypeAdapter(tuple[ZoneNetwork, ...])


def save(plan: Plan, path: Path) -> None:
    """Write a Plan's canonical bytes into the state, for nobody else to read.

    Raises:
        NotOurs: something of somebody else stands in the way.
        TryLater: the file cannot be written; an older Plan there is unchanged.
    """
    write_atomically(path, plan.to_json())


def save_named(plan: Plan, path: Path) -> None:
    """Write a Plan's canonical bytes where somebody asked for them.

    Raises:
        NotOurs: something of somebody else stands in the way.
        TryLater: the file cannot be written; an older Plan there is unchanged.
    """
    write_named(path, plan.to_json())


def load(path: Path) -> Plan:
    """Read a Plan that somebody named, and check that nobody changed it since it was sealed.

    Raises:
        Invalid: there is no such file, it is no Plan of this schema, says something twice, or its hash does
            not match.
    """
    return sealed(read_given(path, "the plan"), path)


def kept(path: Path) -> Plan | None:
    """The Plan that we keep under a name, or None where there is none.

    Raises:
        Invalid: it is no Plan of this schema, or its hash does not match.
        NotOurs: somebody else may have put it there.
    """
    content = read_if_there(path, "the plan")
    return None if content is None else sealed(content, path)


def sealed(content: bytes, path: Path) -> Plan:
    """The Plan that some bytes are, of a file or of another place.

    Raises:
        Invalid: they are no Plan of this schema, say something twice, or the hash does not match.
    """
    plan = _parse(content, path)
    refuse_ambiguous(content, plan.to_json(), path)
    if not plan.is_sealed:
        raise Invalid(
            Sentence("{path} was changed after it was made: its hash does not match", path=path),
            hint="make the plan again",
        )
    return plan


def record_applied(plan: Plan, path: Path, *, complete: bool) -> None:
    """Remember that a Plan was applied, wholly or in part."""
    write_atomically(path, applied_record(plan, complete=complete))


def applied_record(plan: Plan, *, complete: bool) -> bytes:
    """The bytes by which a Plan that was applied, wholly or in part, is remembered."""
    return canonical({"complete": complete, "plan": json.loads(plan.to_json())}) + b"\n"


def last_applied(path: Path) -> Applied | None:
    """The Plan last applied, or None before the first time.

    Raises:
        Invalid: the record cannot be read, or its Plan is not the one that was applied.
    """
    content = read_if_there(path, "the record of what was applied")
    return None if content is None else applied_in(content, path)


def applied_in(content: bytes, path: Path) -> Applied:
    """What some bytes remember of an applied Plan.

    Raises:
        Invalid: they cannot be read, or the Plan in them is not the one that was applied.
    """
    document = _record(content, path)
    refuse_ambiguous(content, canonical(document) + b"\n", path)
    applied: Any = document["plan"]
    plan = _parse(canonical(applied), path)
    if plan.hash not in {digest_of(applied, Plan.LYING), digest_of(applied)}:
        raise Invalid(
            Sentence(
                "{path} was changed after it was written: the hash of its plan does not match", path=path
            ),
            hint="put it back from a copy; or remove it, plan with --fresh and apply that",
        )
    return Applied(plan, document["complete"])


def forget_applied(path: Path) -> None:
    """Remember nothing: the environment was taken down."""
    remove(path)


def remembered_networks(path: Path) -> tuple[ZoneNetwork, ...]:
    """The networks that were allocated before there was a database; none where there is no such file.

    Raises:
        Invalid: the file cannot be read.
    """
    content = read_if_there(path, "the allocations")
    if content is None:
        return ()
    try:
        return Networks.validate_json(content, strict=True)
    except ValidationError as error:
        raise Invalid(
            Sentence("{path} holds no allocations: {errors}", path=path, errors=error.errors()[0]["msg"])
        ) from error


def _parse(content: bytes, path: Path) -> Plan:
    try:
        return Plan.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            Sentence(
                "{path} is no plan that this version reads: {place}: {first}",
                path=path,
                place=place,
                first=first["msg"],
            )
        ) from error


def _record(content: bytes, path: Path) -> Mapping[str, Any]:
    """What is remembered of an applied Plan: both of its parts, of the right kind.

    Raises:
        Invalid: it says something else, so nobody knows any more what was applied.
    """
    hint = "put it back from a copy; or remove it, plan with --fresh and apply that"
    try:
        document = parsed(content)
    except Malformed as error:
        raise Invalid(Sentence("{path} is no JSON: {error}", path=path, error=error), hint=hint) from error
    if not isinstance(document, dict) or not isinstance(document.get("plan"), dict):
        raise Invalid(Sentence("{path} holds no record of an applied plan", path=path), hint=hint)
    if not isinstance(document.get("complete"), bool):
        raise Invalid(
            Sentence("{path} does not say whether its plan was carried out whole", path=path), hint=hint
        )
    return document
