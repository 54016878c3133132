"""Frozen records to JSON and back, by their type hints. Only what records use: dataclasses, tuples, mappings, scalars."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")
JSON = Any
"""A value of the JSON data model: None, bool, int, float, str, list or dict of these."""


def to_json(value: Any) -> JSON:
    """Return a record as plain JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(cls: type[T], value: JSON) -> T:
    """Return the record of type `cls` that `to_json` wrote. Keys that `cls` does not know are ignored (newer writers)."""
    return typing.cast("T", _decode(cls, value))


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _decode(hint: Any, value: JSON) -> Any:  # noqa: PLR0911 - one return a kind of hint reads best
    if value is None or hint is Any:
        return value
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint)
        known = {field.name for field in dataclasses.fields(hint)}
        return hint(**{key: _decode(hints[key], item) for key, item in value.items() if key in known})
    if origin in (types.UnionType, typing.Union):
        choices = [choice for choice in typing.get_args(hint) if choice is not type(None)]
        return _decode(choices[0], value) if len(choices) == 1 else value
    if origin is tuple:
        item_hint = typing.get_args(hint)[0]
        return tuple(_decode(item_hint, item) for item in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        item_hint = typing.get_args(hint)[1]
        return {key: _decode(item_hint, item) for key, item in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
