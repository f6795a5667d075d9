"""Writes what use cases answer as JSON, and reads it back as the same frozen values, at both ends.

What is sent says of no type by name: the reader knows what it asked for.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from pathlib import PurePath
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter

from cmp.errors import CmpError
from cmp.workflows.failures import error_of, failure_in, failure_of

T = TypeVar("T")


def written(value: Any) -> Any:
    """A frozen value as JSON has it.

    Raises:
        TypeError: it holds something that cannot be sent.
    """
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, CmpError):
        return failure_of(value).model_dump(mode="json")
    if is_dataclass(value):
        return {each.name: written(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(written(key)): written(each) for key, each in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return [written(each) for each in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def read(kind: type[T], sent: Any) -> T:
    """What was sent, as a value of that type.

    Raises:
        ValueError: it is none.
    """
    return cast("T", _read(kind, sent))


def _read(kind: Any, sent: Any) -> Any:
    origin, inside = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _of_union(kind, inside, sent)
    if origin is tuple:
        return _tuple(inside, sent)
    if origin in {frozenset, list, set}:
        return origin(_read(inside[0], each) for each in sent)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {_read(inside[0], key): _read(inside[1], each) for key, each in sent.items()}
    if isinstance(kind, type):
        return _plain(kind, sent)
    return _adapter(kind).validate_python(sent, strict=False)


def _plain(kind: Any, sent: Any) -> Any:
    if issubclass(kind, CmpError):
        return error_of(failure_in(sent))
    if hasattr(kind, "__dataclass_fields__"):
        if not isinstance(sent, Mapping):
            raise ValueError(f"this is no {kind.__name__}: {sent!r:.80}")
        hints = _hints(kind)
        return kind(**{each.name: _read(hints[each.name], sent[each.name]) for each in fields(kind)})
    if issubclass(kind, BaseModel):
        return kind.model_validate_json(_adapter(dict).dump_json(sent))
    if issubclass(kind, PurePath | Enum):
        return kind(sent)
    return _adapter(kind).validate_python(sent, strict=False)


def _of_union(kind: Any, inside: tuple[Any, ...], sent: Any) -> Any:
    if sent is None and type(None) in inside:
        return None
    others = [each for each in inside if each is not type(None)]
    return _read(others[0], sent) if len(others) == 1 else _adapter(kind).validate_python(sent)


def _tuple(inside: tuple[Any, ...], sent: Any) -> tuple[Any, ...]:
    if len(inside) == 2 and inside[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        return tuple(_read(inside[0], each) for each in sent)
    return tuple(_read(each, given) for each, given in zip(inside, sent, strict=True))


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
