"""Units, thresholds and words of values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from app.grafana.fields import ABOVE
from app.grafana.importing.fields import number, table, tables, text
from app.grafana.units import GRAFANA_UNITS
from panels import units
from panels.spec import NO_THRESHOLDS, Status, Thresholds, Unit, ValueWord

_SAME: Final[Mapping[str, Unit]] = {
    **{name: unit for unit, name in GRAFANA_UNITS.items() if unit is not Unit.TOKENS_PER_MINUTE},
    "": Unit.COUNT,
    "none": Unit.COUNT,
    "sishort": Unit.COUNT,
    "locale": Unit.COUNT,
    "string": Unit.COUNT,
    "bool": Unit.COUNT,
    "bool_yes_no": Unit.COUNT,
    "bool_on_off": Unit.COUNT,
    "%": Unit.PERCENT,
    "suffix:%": Unit.PERCENT,
    "cores": Unit.CORES,
    "suffix:cores": Unit.CORES,
    "decbytes": Unit.BYTES,
    "bits": Unit.BITS,
    "binbps": Unit.BITS_PER_SECOND,
    "rothz": Unit.HERTZ,
    "Bps": Unit.BYTES_PER_SECOND,
    "decBps": Unit.BYTES_PER_SECOND,
    "humidity": Unit.PERCENT,
    "rps": Unit.PER_SECOND,
    "recps": Unit.PER_SECOND,
    "rowsps": Unit.PER_SECOND,
    "pps": Unit.PER_SECOND,
    "ops": Unit.PER_SECOND,
    "eps": Unit.PER_SECOND,
    "iops": Unit.PER_SECOND,
    "wps": Unit.PER_SECOND,
    "mps": Unit.PER_SECOND,
    "cpm": Unit.PER_MINUTE,
    "opm": Unit.PER_MINUTE,
    "rpm": Unit.PER_MINUTE,
    "wpm": Unit.PER_MINUTE,
    "epm": Unit.PER_MINUTE,
    "mpm": Unit.PER_MINUTE,
    "us": Unit.MICROSECONDS,
    "μs": Unit.MICROSECONDS,
    "dthms": Unit.SECONDS,
    "dtdhms": Unit.SECONDS,
    "dtdurations": Unit.SECONDS,
    "dtdurationms": Unit.MILLISECONDS,
    "clocks": Unit.SECONDS,
    "clockms": Unit.MILLISECONDS,
}
_PREFIXES: Final = {1e-6: "µ", 1e-3: "m", 1e3: "k", 1e6: "M", 1e9: "G", 1e12: "T"}
_OWN: Final = ("suffix:", "si:", "count:", "prefix:", "currency:")  # units that a dashboard writes itself
_BY_SUFFIX: Final[Mapping[str, tuple[Unit, str]]] = {
    **{symbol: (unit, "") for unit, symbol in units.SYMBOLS.items() if not units.SUFFIXES[unit]},
    **{units.SUFFIXES[unit]: (unit, "") for unit in reversed(Unit) if units.is_plain(unit)},
    **{
        f"{_PREFIXES[size]}{units.SUFFIXES[unit]}": (unit, "")
        for unit, size in units.IN_SI.items()
        if size in _PREFIXES
    },
}
_STATUSES: Final = (
    ("green", Status.GOOD),
    ("yellow", Status.WARNING),
    ("orange", Status.WARNING),
    ("red", Status.CRITICAL),
)
_SEVERITY: Final = (Status.NONE, Status.GOOD, Status.WARNING, Status.CRITICAL)


def unit_of(name: Any) -> tuple[Unit, str]:
    """A unit, and what is different about it."""
    known = text(name, 60)
    if known in _SAME:
        return _SAME[known], ""
    if known in ("hex", "hex0x", "sci"):
        return Unit.COUNT, "Numbers are written as decimals."
    if known.startswith(_OWN):
        suffix = known.partition(":")[2].strip()
        return _BY_SUFFIX.get(suffix) or (Unit.COUNT, f"The unit “{suffix}” is not known: numbers have none.")
    return Unit.COUNT, f"The unit “{known}” is not known: numbers have none."


def status_of(colour: Any) -> Status:
    """What a colour means, by its name or by its hue; NONE for blue and others."""
    name = text(colour, 60).lower()
    for part, status in _STATUSES:
        if part in name:
            return status
    match = re.search(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", name)
    parts = [int(part, 16) for part in match.groups()] if match else [int(part) for part in re.findall(r"\d+", name)]
    if len(parts) < 3:
        return Status.NONE
    red, green, blue = parts[:3]
    if max(red, green) <= blue:
        return Status.NONE
    if green >= red:
        return Status.GOOD
    return Status.WARNING if green > red / 2.5 else Status.CRITICAL


def thresholds_of(defaults: Mapping[str, Any]) -> tuple[Thresholds, str]:
    """Thresholds of a field, and what is different about them."""
    content = table(defaults.get("thresholds"))
    steps = [(number(step.get("value")), status_of(step.get("color"))) for step in tables(content.get("steps"))]
    if content.get("mode") == "percentage":
        low, high = number(defaults.get("min")) or 0.0, number(defaults.get("max"))
        if high is None:
            return NO_THRESHOLDS, "Thresholds in percent of an unknown maximum are left out." if steps[1:] else ""
        steps = [(None if value is None else low + (high - low) * value / 100, status) for value, status in steps]
    severities = [_SEVERITY.index(status) for _, status in steps]
    if len(steps) < 2 or max(severities) < _SEVERITY.index(Status.WARNING):
        return NO_THRESHOLDS, ""
    if severities == sorted(severities):
        return _rising(steps), ""
    if severities == sorted(severities, reverse=True):
        return _falling(steps), ""
    return NO_THRESHOLDS, "Thresholds that are good in the middle are left out."


def _rising(steps: Sequence[tuple[float | None, Status]]) -> Thresholds:
    starts = {status: value for value, status in reversed(steps) if value is not None}
    return Thresholds(starts.get(Status.WARNING), starts.get(Status.CRITICAL))


def _falling(steps: Sequence[tuple[float | None, Status]]) -> Thresholds:
    """A step of Grafana holds from its value on; of ours, where low values are bad, up to its value."""
    ends: dict[Status, float] = {}
    for (_, status), (end, following) in pairwise(steps):
        if end is not None and following is not status:
            ends[status] = round(end - ABOVE, 9)
    return Thresholds(ends.get(Status.WARNING), ends.get(Status.CRITICAL), rising=False)


def words_of(defaults: Mapping[str, Any]) -> tuple[Thresholds, tuple[tuple[Status, str], ...]] | None:
    """Thresholds and words from mappings of single values to words in colours; None where they are no such scale."""
    values: dict[float, tuple[Status, str]] = {}
    for mapping in tables(defaults.get("mappings")):
        if mapping.get("type") not in ("value", 1):
            continue
        for value, result in table(mapping.get("options")).items():
            key = number(value)
            if key is not None:
                values[key] = (status_of(table(result).get("color")), text(table(result).get("text"), 40))
    order = sorted(values)
    severities = [_SEVERITY.index(values[value][0]) for value in order]
    words = {values[value] for value in order if values[value][1]}
    if len(order) < 2 or not min(severities) or len({status for status, _ in words}) != len(words):
        return None
    if severities not in (sorted(severities), sorted(severities, reverse=True)):
        return None
    rising = severities[0] <= severities[-1]
    limits = {values[value][0]: value for value in (reversed(order) if rising else order)}
    thresholds = Thresholds(limits.get(Status.WARNING), limits.get(Status.CRITICAL), rising)
    return thresholds, tuple(sorted(words, key=lambda word: _SEVERITY.index(word[0])))


def value_words(defaults: Mapping[str, Any]) -> tuple[ValueWord, ...]:
    """Words for values and ranges of values, in the order of Grafana, single values first."""
    words = [word for mapping in tables(defaults.get("mappings")) for word in _words(mapping)]
    return tuple(sorted(words, key=lambda word: word.low is None or word.low != word.high))


def _words(mapping: Mapping[str, Any]) -> Iterator[ValueWord]:
    options = table(mapping.get("options"))
    if mapping.get("type") == "value":
        pairs = [(number(value), number(value), result) for value, result in options.items()]
    elif mapping.get("type") == "range":
        pairs = [(number(options.get("from")), number(options.get("to")), options.get("result"))]
    elif mapping.get("type") in (1, 2):  # of old panels
        names = ("value", "value") if mapping["type"] == 1 else ("from", "to")
        low, high = (number(mapping.get(name)) for name in names)
        pairs = [(low, high, mapping)]
    else:
        return
    for low, high, result in pairs:
        word = text(table(result).get("text"), 40)
        if word and (low is not None or high is not None):
            yield ValueWord(word, low, high, status_of(table(result).get("color")))


def has_mappings(defaults: Mapping[str, Any]) -> bool:
    """Whether values have words; a word for “no value” does not count."""
    return any(mapping.get("type") not in ("special", 3) for mapping in tables(defaults.get("mappings")))
