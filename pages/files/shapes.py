"""The shape of a value in a board file, as its type hint gives it: the codec and the schema go by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

KIND: Final = "kind"  # the key that says which of several classes a table is
NONE: Final = "none"  # TOML has no null: what switches off a value whose default is a number


@lru_cache(maxsize=64)
def members(shape: Any) -> Mapping[str, tuple[Field[Any], Any]]:
    """The fields of a data class with their types, by name."""
    hints = get_type_hints(shape)
    return {item.name: (item, hints[item.name]) for item in fields(shape)}


def default(item: Field[Any]) -> Any:
    """The default of a field; MISSING without one."""
    return item.default_factory() if item.default_factory is not MISSING else item.default


@lru_cache(maxsize=64)
def choices(shape: Any) -> Mapping[str, type]:
    """The classes of a union by their kind; empty for what is no union of data classes."""
    if get_origin(shape) not in (Union, UnionType):
        return {}
    classes = [part for part in get_args(shape) if part is not NoneType]
    return {kind(part): part for part in classes} if len(classes) > 1 else {}


def kind(shape: type) -> str:
    """The name of a class in a file: `LabelHeatmap` is `label-heatmap`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", shape.__name__).lower()


@lru_cache(maxsize=256)
def optional(shape: Any) -> Any:
    """X for X | None; None for every other type."""
    parts = get_args(shape) if get_origin(shape) in (Union, UnionType) else ()
    rest = [part for part in parts if part is not NoneType]
    return rest[0] if len(rest) == 1 and len(parts) == 2 else None


@lru_cache(maxsize=256)
def is_function(shape: Any) -> bool:
    """Whether the value is a function, which a file names."""
    return get_origin(shape) is Callable or getattr(get_origin(shape), "__name__", "") == "Callable"


@lru_cache(maxsize=256)
def is_enum(shape: Any) -> bool:
    """Whether the value is one of several words."""
    return isinstance(shape, type) and issubclass(shape, StrEnum)


@lru_cache(maxsize=256)
def is_table(shape: Any) -> bool:
    """Whether the value is a table with the fields of a class."""
    return isinstance(shape, type) and is_dataclass(shape)


@lru_cache(maxsize=256)
def items(shape: Any) -> tuple[Any, ...]:
    """The types inside a tuple: (X, ...) for any number of X, (X, Y) for a pair; empty for other types."""
    return get_args(shape) if get_origin(shape) is tuple else ()
