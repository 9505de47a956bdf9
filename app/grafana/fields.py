"""Properties of fields: units, thresholds, words for states, colours. Grafana's named colours suit both themes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.grafana.model import Json, Override
from app.grafana.units import GRAFANA_UNITS
from panels.spec import Status, Thresholds, Unit, ValueWord

STATUS_COLOURS: Final[Mapping[Status, str]] = {
    Status.NONE: "text",
    Status.GOOD: "green",
    Status.WARNING: "yellow",
    Status.SERIOUS: "orange",
    Status.CRITICAL: "red",
    Status.UNKNOWN: "text",
}
TOKEN_COLOURS: Final[Mapping[str, str]] = {
    "--q50": "super-light-blue",
    "--q95": "blue",
    "--q99": "dark-blue",
    "--series-1": "blue",
    "--series-2": "orange",
    "--series-3": "green",
    "--critical": "red",
    "--status-5xx": "red",
}
_CLASS_COLOURS: Final = {"2": "green", "3": "blue", "4": "yellow", "5": "red"}
# A step of Grafana holds from its value on; of ours, where low values are bad, up to its value.
ABOVE: Final = 1e-6


def unit(of: Unit) -> Json:
    """The property `unit`."""
    return {"unit": GRAFANA_UNITS[of]}


def fixed_colour(name: str) -> Json:
    """One colour for everything."""
    return {"color": {"mode": "fixed", "fixedColor": name}}


BY_SERIES: Final[Json] = {"color": {"mode": "palette-classic-by-name"}}
BY_THRESHOLDS: Final[Json] = {"color": {"mode": "thresholds"}}


def has_limits(thresholds: Thresholds) -> bool:
    """Whether any threshold applies."""
    return thresholds.warning is not None or thresholds.critical is not None


def steps(thresholds: Thresholds) -> Json:
    """The property `thresholds`; one step without a colour of its own if there are none."""
    if not has_limits(thresholds):
        return {"thresholds": _steps([(None, "text")])}
    known = [(value, STATUS_COLOURS[status]) for value, status in _limits(thresholds)]
    good = STATUS_COLOURS[Status.GOOD]
    if thresholds.rising:
        return {"thresholds": _steps([(None, good), *known])}
    worst_first = known[::-1]
    colours = [colour for _, colour in worst_first] + [good]
    bounds = [None, *(value + ABOVE for value, _ in worst_first)]
    return {"thresholds": _steps(list(zip(bounds, colours, strict=True)))}


def _limits(thresholds: Thresholds) -> list[tuple[float, Status]]:
    limits = [(thresholds.warning, Status.WARNING), (thresholds.critical, Status.CRITICAL)]
    return [(value, status) for value, status in limits if value is not None]


def _steps(pairs: Sequence[tuple[float | None, str]]) -> Json:
    return {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in pairs]}


def words(thresholds: Thresholds, of: Sequence[tuple[Status, str]]) -> Json:
    """The property `mappings`: a word in place of each range of values between thresholds, and of NaN."""
    if not of:
        return {}
    known = dict(of)
    mappings = [
        {"type": "range", "options": {"from": start, "to": end, "result": _result(known[status], status, index)}}
        for index, (start, end, status) in enumerate(ranges(thresholds))
        if status in known
    ]
    if Status.UNKNOWN in known:
        result = _result(known[Status.UNKNOWN], Status.UNKNOWN, len(mappings))
        mappings.append({"type": "special", "options": {"match": "null+nan", "result": result}})
    return {"mappings": mappings}


def value_words(of: Sequence[ValueWord]) -> Json:
    """The property `mappings`: a word in place of a value or of a range of values."""
    if not of:
        return {}
    return {"mappings": [_value_mapping(known, index) for index, known in enumerate(of)]}


def _value_mapping(of: ValueWord, index: int) -> Json:
    """Without a status Grafana chooses the colour."""
    colour = {} if of.status is Status.NONE else {"color": STATUS_COLOURS[of.status]}
    result = {"text": of.word, **colour, "index": index}
    if of.low is not None and of.low == of.high:
        return {"type": "value", "options": {f"{of.low:g}": result}}
    return {"type": "range", "options": {"from": of.low, "to": of.high, "result": result}}


def ranges(thresholds: Thresholds) -> list[tuple[float | None, float | None, Status]]:
    """From, to (both inclusive, None without end) and status, in rising order."""
    known = _limits(thresholds)
    if thresholds.rising:
        starts = [(None, Status.GOOD), *known]
        ends = [value - ABOVE for value, _ in known]
        return [(start, end, status) for (start, status), end in zip(starts, [*ends, None], strict=True)]
    ordered = known[::-1]
    bounds = [value for value, _ in ordered]
    starts_above = [None, *(value + ABOVE for value in bounds)]
    statuses = [*(status for _, status in ordered), Status.GOOD]
    return list(zip(starts_above, [*bounds, None], statuses, strict=True))


def _result(text: str, status: Status, index: int) -> Json:
    return {"text": text, "color": STATUS_COLOURS[status], "index": index}


def class_colours(legends: Sequence[str]) -> tuple[Override, ...]:
    """The colours of status codes and their classes, where a legend is one."""
    if not any("{{status}}" in legend or "{{class}}" in legend for legend in legends):
        return ()
    return tuple(
        Override("byRegexp", f"/(^|\\s){digit}(xx|\\d\\d)$/", fixed_colour(colour))
        for digit, colour in _CLASS_COLOURS.items()
    )
