"""Writes tables as TOML: short tables in a line, lists of tables one below the other, PromQL without escapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_LONGEST_LINE: Final = 110
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def toml(table: Mapping[str, Any]) -> str:
    """The text of a file."""
    return "\n".join(_lines(table, "")).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], prefix: str) -> Iterator[str]:
    nested = {name: value for name, value in table.items() if not _fits(name, value)}
    for name, value in table.items():
        if name not in nested:
            yield f"{_key(name)} = {_inline(value)}"
    for name, value in nested.items():
        path = f"{prefix}.{_key(name)}".lstrip(".")
        if isinstance(value, dict):
            yield from ("", f"[{path}]", *_lines(value, path))
        else:
            for entry in value:
                yield from ("", f"[[{path}]]", *_lines(entry, path))


def _fits(name: str, value: Any) -> bool:
    """Whether the value can stand in a line; lists of tables never do, so that a file is easy to change."""
    if isinstance(value, dict):
        return not any(_is_tables(inner) for inner in value.values()) and (
            len(name) + len(_inline(value)) < _LONGEST_LINE
        )
    return not _is_tables(value)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(name)} = {_inline(inner)}' for name, inner in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _string(value) if isinstance(value, str) else repr(value)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _basic(name)


def _string(text: str) -> str:
    """Literal where that spares escapes."""
    if '"' not in text and "\\" not in text and "\n" not in text:
        return _basic(text)
    if not _CONTROL.search(text) and "'" not in text:
        return f"'{text}'"
    if not _CONTROL.search(text.replace("\n", "")) and "''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    return _basic(text)


def _basic(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
