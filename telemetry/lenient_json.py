"""JSON of whatever a service's own code or its clients put into an event: nothing makes a line or a batch fail."""

from __future__ import annotations

from typing import Any, Final

import orjson

_OPTIONS: Final = orjson.OPT_NON_STR_KEYS
_LARGEST: Final = 2**63


def dumps(value: Any) -> bytes:
    """The value as JSON; where JSON or UTF-8 has no form for a part of it, that part as text."""
    try:
        return orjson.dumps(value, default=str, option=_OPTIONS)
    except TypeError:  # lone surrogates, integers beyond 64 bits
        return orjson.dumps(_cleaned(value), default=str, option=_OPTIONS)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _cleaned(str(value))
