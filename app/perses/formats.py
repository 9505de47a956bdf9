"""Units, thresholds and words of the boards in the terms that plugins of Perses share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.grafana import fields
from app.grafana.model import Json
from panels import colours
from panels.spec import Status, Thresholds, Unit, ValueWord
from panels.themes import parse, tokens

_DECIMAL: Final = "decimal"
_UNITS: Final[Mapping[Unit, str]] = {
    Unit.PER_SECOND: "counts/sec",
    Unit.REQUESTS_PER_SECOND: "requests/sec",
    Unit.PERCENT: "percent",
    Unit.RATIO: "percent-decimal",
    Unit.MILLISECONDS: "milliseconds",
    Unit.SECONDS: "seconds",
    Unit.BYTES: "bytes",
    Unit.BYTES_PER_SECOND: "bytes/sec",
    Unit.DOLLARS: "usd",
    Unit.DOLLARS_PER_HOUR: "usd",
    Unit.DAYS: "days",
    Unit.BITS_PER_SECOND: "bits/sec",
    Unit.MINUTES: "minutes",
    Unit.HOURS: "hours",
    Unit.EUROS: "eur",
    Unit.POUNDS: "gbp",
    Unit.YEN: "jpy",
}
# Units that Perses has no word for, or only a part of it.
_AXIS_LABELS: Final[Mapping[Unit, str]] = {
    unit: str(unit) for unit in Unit if unit is Unit.DOLLARS_PER_HOUR or (unit not in _UNITS and unit is not Unit.COUNT)
}


def number_format(unit: Unit) -> Json:
    """The format of numbers; large ones are shortened where the unit has a short form."""
    name = _UNITS.get(unit, _DECIMAL)
    return {"unit": name, "shortValues": True} if name == _DECIMAL or "/" in name or name == "bytes" else {"unit": name}


def axis_label(unit: Unit) -> str:
    """The unit in words where the format does not say it; else empty."""
    return _AXIS_LABELS.get(unit, "")


def colour(status: Status) -> str:
    """The colour of a status as `#rrggbb`, of the light theme: Perses uses one colour for both themes."""
    return token_colour(parse(colours.STATUS[status])[0])


def token_colour(token: str) -> str:
    """The value of a design token as `#rrggbb`."""
    return tokens("light")[token]


def thresholds(of: Thresholds) -> Json:
    """The property `thresholds`, each step with the colour from its value on; empty without thresholds."""
    if not fields.has_limits(of):
        return {}
    ranges = fields.ranges(of)
    steps = [{"value": start, "color": colour(status)} for start, _, status in ranges if start is not None]
    return {"thresholds": {"mode": "absolute", "defaultColor": colour(ranges[0][2]), "steps": steps}}


def mappings(of: Thresholds, words: Sequence[tuple[Status, str]]) -> Json:
    """The property `mappings`: a word in place of each range of values between thresholds, and of NaN."""
    known = dict(words)
    entries = [
        {"kind": "Range", "spec": {**_bounds(start, end), "result": _result(known[status], status)}}
        for start, end, status in fields.ranges(of)
        if status in known
    ]
    if Status.UNKNOWN in known:
        result = _result(known[Status.UNKNOWN], Status.UNKNOWN)
        entries.append({"kind": "Misc", "spec": {"value": "NaN", "result": result}})
    return {"mappings": entries} if entries else {}


def value_mappings(words: Sequence[ValueWord]) -> Json:
    """The property `mappings`: a word in place of each value or range of values."""
    entries = [
        {"kind": "Range", "spec": {**_bounds(word.low, word.high), "result": _result(word.word, word.status)}}
        for word in words
    ]
    return {"mappings": entries} if entries else {}


def _bounds(start: float | None, end: float | None) -> Json:
    return {name: value for name, value in (("from", start), ("to", end)) if value is not None}


def _result(word: str, status: Status) -> Json:
    return {"value": word} if status is Status.NONE else {"value": word, "color": colour(status)}
