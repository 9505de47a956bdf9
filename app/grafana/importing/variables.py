"""Grafana's variables in expressions: a matcher by a variable becomes a filter, all else the value of the variable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.grafana.importing.source import SourceDashboard, SourceVariable
from pages.choices import RESERVED_PARAMETERS
from queries.metrics.promql import DURATIONS, label_value, literal

ALL: Final = "$__all"
_REFERENCE: Final = re.compile(r"\$\{(\w+)(?:[.:][^}]*)?\}|\$([A-Za-z_]\w*)|\[\[(\w+)(?::\w+)?\]\]")
_MATCHER: Final = re.compile(r"""([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)')""")
_AUTOMATIC: Final = re.compile(r"\$__auto\w*|auto")
_FILTERING: Final = ("query", "custom", "textbox")


class CannotConvert(Exception):
    """Something of a panel has no counterpart; the message is one sentence."""


@dataclass(frozen=True)
class Converted:
    """A text without Grafana's variables; `notes` say what is different, `filters` are labels that it filters by."""

    text: str
    notes: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


class Variables:
    """The variables of one dashboard."""

    def __init__(self, of: SourceDashboard, fixed: Mapping[str, str] | None = None) -> None:
        self._known: Mapping[str, SourceVariable] = {variable.name: variable for variable in of.variables}
        self._of, self._inputs = of, of.inputs
        self._fixed = fixed or {}

    def fixed(self, values: Mapping[str, str]) -> Variables:
        """The same with one value for some of them, such as those that a panel is repeated by."""
        if not values:
            return self
        return Variables(self._of, {**self._fixed, **values})

    def every_value(self, name: str) -> tuple[str, ...]:
        """The chosen values, or all that are offered where all are chosen; none where only the data source has them."""
        variable = self._known[name]
        if variable.kind == "datasource" or any(ALL in value or "$" in value for value in variable.current):
            return _all_offered(variable) if variable.kind != "datasource" else ()
        return variable.current or _all_offered(variable)

    def expression(self, expr: str) -> Converted:
        """An expression with filters and placeholders of ours. Raises CannotConvert."""
        notes: list[str] = []
        filters: list[str] = []

        def matched(match: re.Match[str]) -> str:
            label, operator, value = match[1], match[2], _quoted(match)
            if not _REFERENCE.search(value):
                return match[0]
            if text := self._filter(label, operator, value, notes):
                filters.append(label)
                return text
            return f'{label}{operator}"{self._inside(value, operator, notes)}"'

        text = _MATCHER.sub(matched, expr)
        text = _REFERENCE.sub(lambda match: self._outside(match, text, notes), text)
        return Converted(text, tuple(dict.fromkeys(notes)), tuple(dict.fromkeys(filters)))

    def legend(self, text: str, labels: Mapping[str, str]) -> str:
        """A legend; a variable that filters becomes the label that it filters by."""

        def written(match: re.Match[str]) -> str:
            name = _name(match)
            return f"{{{{{labels[name]}}}}}" if name in labels else self._plain(name)

        return "" if text == "__auto" else _REFERENCE.sub(written, text)

    def title(self, text: str, repeated: Mapping[str, str] = MappingProxyType({})) -> Converted:
        """A title with the present values in place of variables; one that is `repeated` by becomes its label."""
        known = self._fixed.keys() | repeated.keys()
        names = [name for match in _REFERENCE.finditer(text) if (name := _name(match)) not in known]

        def written(match: re.Match[str]) -> str:
            name = _name(match)
            return f"{{{{{repeated[name]}}}}}" if name in repeated else self._plain(name)

        plain = " ".join(_REFERENCE.sub(written, text).split())
        notes = (f"The title names the value that ${names[0]} had.",) if names else ()
        return Converted(plain, notes)

    def label_of(self, expr: str) -> Mapping[str, str]:
        """The labels that variables filter by in an expression, by the name of the variable."""
        return {
            _name(reference): match[1]
            for match in _MATCHER.finditer(expr)
            if (reference := _REFERENCE.fullmatch(_quoted(match))) is not None
        }

    def problems(self) -> tuple[str, ...]:
        """Variables that refer to each other in a circle."""
        return tuple(f"The variables {' and '.join(circle)} refer to each other." for circle in self._circles())

    def _circles(self) -> list[list[str]]:
        circles: dict[frozenset[str], list[str]] = {}
        for name in self._known:
            path = [name]
            while path:
                variable = self._known.get(path[-1])
                following = [_name(match) for match in _REFERENCE.finditer(_definition(variable))] if variable else []
                step = next((other for other in following if other in self._known), None)
                if step is None:
                    break
                if step in path:
                    circle = path[path.index(step) :]
                    circles.setdefault(frozenset(circle), circle)
                    break
                path.append(step)
        return list(circles.values())

    def _filter(self, label: str, operator: str, value: str, notes: list[str]) -> str:
        """The placeholder of a filter; empty where the matcher is none by one variable alone."""
        reference = _REFERENCE.match(value)
        if reference is None or operator not in ("=", "=~") or label in RESERVED_PARAMETERS:
            return ""
        name, rest = _name(reference), value[reference.end() :]
        variable = self._known.get(name)
        if variable is None or name in self._fixed or variable.kind not in _FILTERING or rest not in ("", ".*", ".+"):
            return ""
        if rest:
            notes.append(f"“{label}” is filtered by whole values, not by “{value}”.")
        return f"$filter({label})"

    def _inside(self, value: str, operator: str, notes: list[str]) -> str:
        """The text of a matcher with the present values of variables."""
        is_pattern = operator.endswith("~")

        def written(match: re.Match[str]) -> str:
            name = _name(match)
            chosen = self._values(name, ())
            if name not in self._fixed:
                notes.append(f"${name} has the value “{'|'.join(chosen) or '.*'}” that was chosen last.")
            if not chosen or ALL in chosen:
                return (self._known[name].all_value or ".*") if is_pattern else ""
            parts = [literal(part) if is_pattern and len(chosen) > 1 else part for part in chosen]
            return label_value("|".join(parts) if is_pattern else parts[0])

        return _REFERENCE.sub(written, value)

    def _outside(self, match: re.Match[str], text: str, notes: list[str]) -> str:
        """The value of a variable outside a matcher: a placeholder of ours, a duration, a number, a name."""
        name = _name(match)
        if name.isdigit() or text.startswith("$filter(", match.start()):
            return match[0]
        if f"${name}" in DURATIONS:
            return f"${name}"
        if name.startswith("__"):
            return _automatic(text, match) if name.startswith("__auto") else _unknown(name)
        chosen = self._values(name, ())
        if chosen and _AUTOMATIC.fullmatch(chosen[0]):
            placeholder = _automatic(text, match)
            notes.append(f"${name} is automatic: {placeholder}.")
            return placeholder
        if not chosen or ALL in chosen:
            raise CannotConvert(f"${name} has no single value that could be written into the query.")
        if name not in self._fixed:
            notes.append(f"${name} has the value “{chosen[0][:60]}” that was chosen last.")
        return "|".join(chosen)

    def _plain(self, name: str) -> str:
        try:
            chosen = self._values(name, ())
        except CannotConvert:
            return ""
        return "all" if ALL in chosen else ", ".join(chosen)[:60]

    def _values(self, name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        """The present values of a variable, or the first that it offers. Raises CannotConvert."""
        if name in path:
            circle = path[path.index(name) :]
            raise CannotConvert(f"The variables {' and '.join(circle)} refer to each other.")
        if name in self._fixed:
            return (self._fixed[name],)
        if name in self._inputs:
            return (self._inputs[name],)
        variable = self._known.get(name)
        if variable is None:
            raise CannotConvert(f"${name} is not among the dashboard's variables.")
        chosen = variable.current or _offered(variable)
        return tuple(
            _REFERENCE.sub(lambda match: "|".join(self._values(_name(match), (*path, name))), value)
            if not value.startswith("$__")
            else value
            for value in chosen
        )


def _name(match: re.Match[str]) -> str:
    return match[1] or match[2] or match[3] or ""


def _quoted(match: re.Match[str]) -> str:
    """The text of a matcher as it stands between double quotes."""
    return match[3] if match[3] is not None else match[4].replace("\\'", "'").replace('"', '\\"')


def _definition(of: SourceVariable) -> str:
    return " ".join((of.query, *of.current, *of.choices))


def _offered(of: SourceVariable) -> tuple[str, ...]:
    """The first value that a variable offers by itself; none where they come from a query."""
    return () if of.kind == "query" else _all_offered(of)[:1]


def _all_offered(of: SourceVariable) -> tuple[str, ...]:
    """All values that a variable offers without a query of its own."""
    of_text = () if of.kind == "query" else tuple(part.rpartition(" : ")[2].strip() for part in of.query.split(","))
    return tuple(dict.fromkeys(value for value in of.choices or of_text if value and "$" not in value))


def _automatic(text: str, match: re.Match[str]) -> str:
    is_range = text[: match.start()].rstrip().endswith("[")
    return "$__rate_interval" if is_range else "$__interval"


def _unknown(name: str) -> str:
    raise CannotConvert(f"${name} has no counterpart.")
