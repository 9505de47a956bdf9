"""Tables of a file ↔ frozen data classes, by their type hints alone. Defaults are left out and filled in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, Final

from pages.files import shapes
from pages.files.problems import Invalid, Path, Problem, suggestion

_SCALARS: Final = frozenset((str, int, float, bool))


@dataclass(frozen=True)
class Codec:
    """Reads and writes values; `functions` are those that a file can name."""

    functions: Mapping[str, Callable[..., Any]]

    def decode(self, shape: Any, value: Any, path: Path = ()) -> Any:
        """The value of that type. Raises Invalid with every problem."""
        if shape in _SCALARS:
            return _scalar(shape, value, path)
        inner = shapes.optional(shape)
        if inner is not None:
            return None if value == shapes.NONE else self.decode(inner, value, path)
        if kinds := shapes.choices(shape):
            return self._choice(kinds, value, path)
        if shapes.is_table(shape):
            return self._table(shape, _mapping(value, path), path)
        if shapes.is_function(shape):
            return self.functions[_word(value, self.functions, path)]
        if shapes.is_enum(shape):
            return shape(_word(value, [str(member) for member in shape], path))
        if parts := shapes.items(shape):
            return self._tuple(parts, value, path)
        raise TypeError(f"files hold no {shape}")

    def encode(self, value: Any, shape: Any) -> Any:
        """The value as tables, lists, words and numbers."""
        inner = shapes.optional(shape)
        if inner is not None:
            return shapes.NONE if value is None else self.encode(value, inner)
        if shapes.choices(shape):
            return {shapes.KIND: shapes.kind(type(value)), **self._fields(value)}
        if shapes.is_table(shape):
            return self._fields(value)
        if shapes.is_function(shape):
            return next(name for name, function in self.functions.items() if function is value)
        if parts := shapes.items(shape):
            of = [parts[0]] * len(value) if parts[-1] is Ellipsis else parts
            return [self.encode(item, part) for item, part in zip(value, of, strict=True)]
        return str(value) if isinstance(value, str) else value

    def _fields(self, value: Any) -> dict[str, Any]:
        written = {}
        of: Any = type(value)
        for name, (item, shape) in shapes.members(of).items():
            content = getattr(value, name)
            if content != shapes.default(item):
                written[name] = self.encode(content, shape)
        return written

    def _choice(self, kinds: Mapping[str, type], value: Any, path: Path) -> Any:
        table = dict(_mapping(value, path))
        if shapes.KIND not in table:
            sentence = f"“{shapes.KIND}” is missing. Known are: {', '.join(sorted(kinds))}."
            raise Invalid(Problem(path, sentence))
        chosen = kinds[_word(table.pop(shapes.KIND), kinds, (*path, shapes.KIND))]
        return self._table(chosen, table, path)

    def _table(self, shape: Any, table: Mapping[str, Any], path: Path) -> Any:
        known, problems, values = shapes.members(shape), [], {}
        meant = set()
        for name in table.keys() - known.keys():
            hint = suggestion(name, known)
            meant |= {other for other in known if f"“{other}”" in hint}
            problems.append(Problem((*path, name), f"“{name}” is not known. {hint}"))
        for name, (item, inner) in known.items():
            if name not in table:
                if shapes.default(item) is MISSING and name not in meant:
                    problems.append(Problem(path, f"“{name}” is missing."))
                continue
            try:
                values[name] = self.decode(inner, table[name], (*path, name))
            except Invalid as invalid:
                problems.extend(invalid.problems)
        if problems:
            raise Invalid(*problems)
        return shape(**values)

    def _tuple(self, parts: tuple[Any, ...], value: Any, path: Path) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Invalid(Problem(path, f"“{path[-1]}” is a list: write it in brackets."))
        if parts[-1] is not Ellipsis and len(value) != len(parts):
            raise Invalid(Problem(path, f"“{path[-1]}” has {len(parts)} items, not {len(value)}."))
        of = [parts[0]] * len(value) if parts[-1] is Ellipsis else parts
        decoded: list[Any] = []
        problems: list[Problem] = []
        for index, (item, part) in enumerate(zip(value, of, strict=True)):
            try:
                decoded.append(self.decode(part, item, (*path, index)))
            except Invalid as invalid:
                problems.extend(invalid.problems)
        if problems:
            raise Invalid(*problems)
        return tuple(decoded)


def _mapping(value: Any, path: Path) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise Invalid(Problem(path, f"“{_name(path)}” is a table: write {_name(path)} = {{ … }}."))


def _word(value: Any, known: Iterable[str], path: Path) -> str:
    words = list(known)
    if isinstance(value, str) and value in words:
        return value
    text = str(value)[:40]
    raise Invalid(Problem(path, f"“{text}” is not known for “{_name(path)}”. {suggestion(text, words)}"))


def _scalar(shape: Any, value: Any, path: Path) -> Any:
    if shape is float and type(value) in (int, float) and math.isfinite(value):
        return value
    if type(value) is shape and shape in (str, int, bool):
        return value
    expected = {float: "a number", int: "a whole number", str: "text in quotes", bool: "true or false"}[shape]
    raise Invalid(Problem(path, f"“{_name(path)}” is {expected}, not {_written(value)}."))


def _written(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    return f"“{str(value)[:40]}”"


def _name(path: Path) -> str:
    return next((str(part) for part in reversed(path) if isinstance(part, str)), "the file")
