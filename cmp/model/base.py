"""Defines what all documents of an environment share: frozen, strict, no unknown fields, named quantities."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from math import ceil, floor
from typing import Annotated, Any, Final, Self, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from cmp.model.texts import Path, Words
from cmp.sentences import Sentence

ID: Final = r"^[a-z0-9][a-z0-9-]{0,39}$"

Id = Annotated[str, StringConstraints(pattern=ID)]
"""A name in the environment: 1 to 40 lower-case letters, digits and hyphens, which it does not begin with."""

Count = Annotated[int, Field(ge=0, le=1_000_000)]
"""How many of something; never negative."""

Positive = Annotated[int, Field(ge=1, le=1_000_000)]
"""How many of something that must exist."""

Quantity = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
"""A size that may be fractional; its unit is in the field's name."""

_EXACT = 1e-6
"""Less of a grain than this is the imprecision of a decimal figure, not a part of it."""


def grains_up(value: float, per_unit: int) -> int:
    """A size in whole grains, so many of which are one unit: what is needed is rounded up, to 1 at least."""
    return max(1, ceil(value * per_unit - _EXACT)) if value > 0 else 0


def grains_down(value: float, per_unit: int) -> int:
    """What there is, or what is allowed, in whole grains: rounded down."""
    return floor(value * per_unit + _EXACT)


def _kept(given: object, handler: ValidatorFunctionWrapHandler) -> object:
    """A sentence as it is, with what it was made of; anything else as a text."""
    return given if isinstance(given, Sentence) else handler(given)


Told = Annotated[str, WrapValidator(_kept)]
"""A sentence for people; where it is made here, it can still be said in other languages."""


Level = Annotated[int, Field(ge=1, le=5)]
"""A protection level of GB/T 22239."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP, UDP or SCTP port."""

RelativePath = Path
"""A path from where it is written; never absolute."""

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written_out(given: Any) -> Any:
    """Refuse what is neither a date nor written YYYY-MM-DD: pydantic alone takes numbers for seconds."""
    if isinstance(given, date) or (isinstance(given, str) and ISO_DATE.fullmatch(given)):
        return given
    raise ValueError(f"{given!r:.40} is no date: write YYYY-MM-DD")


Day = Annotated[date, Field(strict=False), BeforeValidator(_written_out)]
"""A date, written YYYY-MM-DD."""


class Document(BaseModel):
    """A value read from a file or written to one; frozen, and strict about types and field names."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        populate_by_name=True,
        serialize_by_alias=True,
        allow_inf_nan=False,
    )

    @property
    def document(self) -> dict[str, Any]:
        """The value as JSON has it."""
        return self.model_dump(mode="json")

    def changed(self, **changes: Any) -> Self:
        """The same value with some fields changed; nothing is validated again and nothing cached is kept."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return cast("Self", self.model_construct(**given | changes))


class Title(Document):
    """A name for people in Chinese and English; where one is left out, the other stands in for it."""

    zh: Words
    """In Chinese."""
    en: Words
    """In English."""

    @model_validator(mode="before")
    @classmethod
    def _from_one(cls, given: Any) -> Any:
        """Let either language stand in for the other; with neither, the first is missed."""
        if not isinstance(given, dict) or len(given.keys() & {"zh", "en"}) != 1:
            return given
        (only,) = given.keys() & {"zh", "en"}
        return {"zh": given[only], "en": given[only]} | given

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say in schemas of files that one language will do."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        if handler.mode == "validation":
            del schema["required"]
            schema["minProperties"] = 1
        return schema


class Provenance(StrEnum):
    """How far a number may be trusted; `unknown` is said of one that has expired, never in a file."""

    MEASURED = "measured"
    DECLARED = "declared"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


class Fact(Document):
    """A number with its origin and, where it expires, the last day it holds; a bare number is `assumed`."""

    value: Quantity
    """The number."""
    provenance: Provenance = Provenance.ASSUMED
    """Whether it was measured, declared by somebody, or assumed."""
    source: Words | None = None
    """Where it comes from."""
    valid_until: Day | None = None
    """The last day it holds."""

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return {key: _provenance(value) if key == "provenance" else value for key, value in given.items()}
        return {"value": given}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say in schemas of files that a bare number will do."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        if handler.mode == "serialization":
            return schema
        return {"anyOf": [schema["properties"]["value"], schema], "description": schema.pop("description")}

    @property
    def milli(self) -> int:
        """The value in thousandths, rounded: all arithmetic of placement is in integers."""
        return round(self.value * 1000)

    @property
    def is_known(self) -> bool:
        """False where it has expired: the value is the last that was known."""
        return self.provenance is not Provenance.UNKNOWN

    def holds_at(self, day: date) -> bool:
        """True when the fact has not expired on `day`."""
        return self.valid_until is None or day <= self.valid_until


def _provenance(given: Any) -> Any:
    """Turn a known provenance into its enum member; leave anything else for the validator to refuse."""
    return Provenance(given) if isinstance(given, str) and given in set(Provenance) else given
