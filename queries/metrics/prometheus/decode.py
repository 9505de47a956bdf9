"""Answers of the Prometheus HTTP API, from bytes to numpy columns.

The samples of a series arrive as `[[1700000000,"1.5"],[1700000015,"NaN"],…]`. msgspec hands us that part as a raw
slice; stripped of brackets and quotes it is a flat JSON list of numbers, which msgspec parses three times faster
than numpy's own text parser (its floats live for a moment only). NaN and Inf are no JSON: numpy takes those slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from queries.core.errors import AnswerMalformed, LimitExceeded, QueryRejected, SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.alerts import FiringAlert, epoch_seconds
from queries.metrics.frame import ABSENT, Floats, Frame, Times

_PUNCTUATION: Final = b'[]"'
# Errors that say "not now" rather than "never": worth asking again.
_PASSING: Final = frozenset({"timeout", "canceled", "unavailable", "internal", "too_many_requests"})

# Bytes that are not UTF-8 and lists within lists without end are no reason for a failure of ours.
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Series(msgspec.Struct):
    metric: dict[str, str]
    values: msgspec.Raw = msgspec.Raw(b"[]")
    value: msgspec.Raw = msgspec.Raw(b"")
    histograms: msgspec.Raw = msgspec.Raw(b"")
    histogram: msgspec.Raw = msgspec.Raw(b"")


class _Data(msgspec.Struct):
    result: msgspec.Raw
    resultType: str = ""  # noqa: N815  the API's own spelling


class _Envelope(msgspec.Struct):
    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    errorType: str = ""  # noqa: N815
    error: str = ""
    warnings: list[str] | None = None
    infos: list[str] | None = None
    isPartial: bool | None = None  # noqa: N815  VictoriaMetrics' word for an answer that lacks a storage node


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    state: str
    annotations: dict[str, str] = {}
    activeAt: str = ""  # noqa: N815


class _Alerts(msgspec.Struct):
    alerts: list[_Alert]


class _Runtime(msgspec.Struct):
    startTime: str = ""  # noqa: N815


class _Metadata(msgspec.Struct):
    type: str = ""
    help: str = ""


class _Config(msgspec.Struct):
    yaml: str = ""


_RUNTIME: Final = msgspec.json.Decoder(_Runtime)
_METADATA: Final = msgspec.json.Decoder(dict[str, list[_Metadata]])
_CONFIG: Final = msgspec.json.Decoder(_Config)
_ALERTS: Final = msgspec.json.Decoder(_Alerts)
_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_DATA: Final = msgspec.json.Decoder(_Data)
_SERIES: Final = msgspec.json.Decoder(list[_Series])
_FLOATS: Final = msgspec.json.Decoder(list[float])
_STRINGS: Final = msgspec.json.Decoder(list[str])


class Decoded(msgspec.Struct, frozen=True):
    """A frame and what the backend said beside it; `warned` when it called the answer partial or doubtful."""

    frame: Frame
    warned: bool


def frame(body: bytes, window: Window, source: str, max_series: int = 0) -> Decoded:
    """A range or instant answer on the window's grid, series sorted by labels, absent samples as ABSENT.

    Raises QueryRejected, SourceUnavailable or AnswerMalformed as the answer says, and LimitExceeded when it holds
    more than `max_series` series (0: any number).
    """
    envelope = _envelope(body, source)
    try:
        data = _DATA.decode(envelope.data)
        _check_type(data.resultType, window)
        series = _scalar(data) if data.resultType == "scalar" else _SERIES.decode(data.result)
    except _UNREADABLE as error:
        raise malformed(source, str(error)) from None
    if max_series and len(series) > max_series:
        raise LimitExceeded(
            f"The query returns {len(series):,} series; the limit is {max_series:,}.",
            "Aggregate with sum by (…), or filter.",
        )
    notes = [*(envelope.warnings or ()), *(envelope.infos or ())]
    if any(row.histograms or row.histogram for row in series):
        notes.append("Native histogram samples are left out; query them with histogram_quantile.")
    if envelope.isPartial:
        notes.append(f"{source} says that its answer is partial.")
    warned = bool(envelope.isPartial) or any(not text.startswith("PromQL ") for text in envelope.warnings or ())
    return Decoded(_columns(series, window, source, tuple(notes)), warned)


def vector(body: bytes, source: str) -> tuple[tuple[Mapping[str, str], float], ...]:
    """Labels and values of an instant answer. Raises as `frame` does."""
    envelope = _envelope(body, source)
    try:
        rows = _SERIES.decode(_DATA.decode(envelope.data).result)
    except _UNREADABLE as error:
        raise malformed(source, str(error)) from None
    return tuple((row.metric, _single(row, source)) for row in rows)


def _single(row: _Series, source: str) -> float:
    numbers = _numbers(bytes(row.value), source)
    if numbers.size != 2:
        raise malformed(source, "a series without a sample")
    return float(numbers[1])


def strings(body: bytes, source: str) -> list[str]:
    """The list of strings of a label values answer."""
    try:
        return _STRINGS.decode(_envelope(body, source).data)
    except _UNREADABLE as error:
        raise malformed(source, str(error)) from None


def runtime_start(body: bytes, source: str) -> str:
    """When the process started, as ISO 8601, of a runtimeinfo answer; empty when it does not say."""
    try:
        return _RUNTIME.decode(_envelope(body, source).data).startTime
    except _UNREADABLE as error:
        raise malformed(source, str(error)) from None


def configuration(body: bytes, source: str) -> str:
    """The YAML of a configuration answer."""
    try:
        return _CONFIG.decode(_envelope(body, source).data).yaml
    except _UNREADABLE as error:
        raise malformed(source, str(error)) from None


def metric_types(body: bytes, source: str) -> dict[str, tuple[str, str]]:
    """Type and help text of each metric of a metadata answer."""
    try:
        rows = _METADATA.decode(_envelope(body, source).data)
    except _UNREADABLE as error:
        raise malformed(source, str(error)) from None
    return {name: (entries[0].type, entries[0].help) for name, entries in rows.items() if entries}


def alerts(body: bytes, source: str, as_of: float) -> tuple[FiringAlert, ...]:
    """Firing alerts of an alerts answer, evaluated about `as_of` (epoch seconds)."""
    try:
        rows = _ALERTS.decode(_envelope(body, source).data).alerts
        return tuple(
            FiringAlert(row.labels, row.annotations, epoch_seconds(row.activeAt), as_of)
            for row in rows
            if row.state == "firing"
        )
    except (*_UNREADABLE, ValueError) as error:
        raise malformed(source, str(error)) from None


def data_of(body: bytes, source: str) -> msgspec.Raw:
    """The data of a successful answer. Raises QueryError."""
    return _envelope(body, source).data


def _envelope(body: bytes, source: str) -> _Envelope:
    try:
        envelope = _ENVELOPE.decode(body)
    except _UNREADABLE as error:
        raise malformed(source, str(error)) from None
    if envelope.status == "success":
        return envelope
    if envelope.errorType in _PASSING:
        raise SourceUnavailable(source, f"{source} could not answer the query: {envelope.error}.")
    raise QueryRejected(f"{source} refused the query: {envelope.error}", envelope.error)


def _check_type(kind: str, window: Window) -> None:
    """Refuse answers that are no numbers at the asked instants: it is the query that is wrong, not the backend."""
    if kind == "string":
        raise QueryRejected("The query returns text instead of numbers.")
    if kind == "matrix" and window.start == window.end:
        raise QueryRejected(
            "The query returns a range of samples instead of one number per series.",
            hint="Use a function of the range, for example last_over_time(x[5m]).",
        )


def _scalar(data: _Data) -> list[_Series]:
    return [_Series(metric={}, value=data.result)]


def _columns(series: list[_Series], window: Window, source: str, notes: tuple[str, ...]) -> Frame:
    named = sorted(series, key=lambda row: sorted(row.metric.items()))
    values = np.full((len(named), window.points), ABSENT)
    for target, row in zip(values, named, strict=True):
        _fill(target, bytes(row.value or row.values), window, source)
    return Frame(window.times(), tuple(row.metric for row in named), values, notes)


def _fill(target: Floats, text: bytes, window: Window, source: str) -> None:
    numbers = _numbers(text, source)
    stamps, samples = numbers[0::2], numbers[1::2]
    if len(samples) == window.points and stamps[0] == window.start and stamps[-1] == window.end:
        target[:] = samples
        return
    index = _grid_index(stamps, window, source)
    target[index] = samples


def _numbers(text: bytes, source: str) -> Floats:
    flat = text.translate(None, _PUNCTUATION)
    if not flat.strip():
        return np.empty(0)
    try:
        numbers = _special(flat) if _is_special(flat) else _plain(flat)
    except (ValueError, UnicodeDecodeError, DeprecationWarning) as error:
        raise malformed(source, str(error)) from None
    if numbers.size % 2:
        raise malformed(source, "a sample lacks its time or its value")
    return numbers


def _is_special(flat: bytes) -> bool:
    """Whether there are numbers that JSON does not have (NaN, Inf), or would take for another (-0 for 0)."""
    return b"N" in flat or b"I" in flat or b"-0," in flat or flat.rstrip().endswith(b"-0")


def _plain(flat: bytes) -> Floats:
    return np.fromiter(_FLOATS.decode(b"[" + flat + b"]"), np.float64)


def _special(flat: bytes) -> Floats:
    numbers: Floats = np.fromstring(flat.decode("ascii"), dtype=np.float64, sep=",")
    if numbers.size != flat.count(b",") + 1:
        raise ValueError("a sample is not a number")
    return numbers


def _grid_index(stamps: Floats, window: Window, source: str) -> Times:
    index: Times = np.rint((stamps - window.start) / window.step).astype(np.int64)
    off = np.abs(window.start + index * window.step - stamps) > 0.001
    if off.any() or (index < 0).any() or (index >= window.points).any():
        raise malformed(source, "a sample lies outside the asked times")
    return index


def malformed(source: str, detail: str) -> AnswerMalformed:
    """The error for an answer that is not in the format of the API."""
    return AnswerMalformed(
        source,
        f"{source} answered, but not as Prometheus does ({detail[:120]}).",
        "Check the address and any proxy in front of it.",
    )
