"""Finds which fields a document model allows at a path, for hints about misspelt ones."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def known_fields(model: type[BaseModel], path: Iterable[str | int]) -> tuple[str, ...]:
    """The field names, as files write them, of the model that `path` leads to; none where there is none."""
    current: Any = model
    for step in path:
        current = _inner(current, step)
    found = _model(current)
    return tuple(_written(found)) if found else ()


def _written(model: type[BaseModel]) -> dict[str, str]:
    return {info.alias or name: name for name, info in model.model_fields.items()}


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation, through Annotated and optional."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is Annotated:
        return _model(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return next((model for part in get_args(annotation) if (model := _model(part))), None)
    return None


def _inner(annotation: Any, step: str | int) -> Any:
    """The annotation one step further in: a field, an item of a tuple, a value of a mapping."""
    if model := _model(annotation):
        name = _written(model).get(str(step))
        return model.model_fields[name].annotation if name else None
    for part in _alternatives(annotation):
        arguments = get_args(part)
        if isinstance(step, int) and get_origin(part) is tuple:
            return arguments[0]
        if isinstance(step, str) and get_origin(part) is Mapping:
            return arguments[1]
    return None


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """The annotation without Annotated, its alternatives where it is a union."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return get_args(annotation)
    return (annotation,)
