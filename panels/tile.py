"""One headline number with its status and its change against a day before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from panels import links, units
from panels.histogram import Caps
from panels.markup import tag
from panels.series import BOUND_LABEL, Series
from panels.sparkline import sparkline
from panels.spec import DrawContext, Drawing, Frames, Panel, Status, Tile, Unit
from panels.status import mark, word
from queries.metrics.frame import EMPTY, Frame

NEWS_SHARE: Final = 0.1
NEWS_POINTS: Final = 1.0
_BOUND_WORDS: Final = {"": "", "> ": "more than ", "≥ ": "at least "}


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """The newest number, its change against `context.day_before`, its sparkline and its status."""
    view = panel.view
    assert isinstance(view, Tile)
    frame = frames[0] if frames else EMPTY
    value = _present(frame) if context.now is None else _single(context.now)
    before = _single(context.day_before)
    caps = Caps(panel, context.bounds)
    capped = caps.is_capped(value, panel.unit, 0)
    status = caps.status(view.thresholds, value, panel.unit, 0)
    bound = "> " if capped else "≥ " if _is_least(context.now or frames) else ""
    tooltip = f"{units.write(value, panel.unit)} is the largest bucket: the value is higher" if capped else None
    labels = frame.labels[0] if frame.labels else {}
    targets = links.of_entry(panel, labels, panel.title, context.window, value)
    parts = [_headline(panel, value, bound, tooltip, status, targets), _change(panel, view, value, before)]
    if view.gauge:
        parts.append(_gauge(view, value, status))
    parts.append(_course(frame))
    leads: dict[str, str | int] = {"data_drill": "", "tabindex": 0, "role": "link"} if panel.drill else {}
    body = tag("div", *parts, class_="tile-body", data_status=status, **leads)
    return Drawing(
        html=str(body),
        alt=_alt(panel, value, before, bound, status),
        status=status,
        reason=f"{panel.title} {bound}{units.write(value, panel.unit)}",
        notes=(*_left_out(frame), *caps.notes(view.thresholds, panel.unit, 0)),
    )


def _single(frames: Frames) -> float:
    return float(frames[0].last()[0]) if frames and len(frames[0].labels) else math.nan


def _left_out(frame: Frame) -> tuple[str, ...]:
    """A note where a query that was thought to have one series has several."""
    return (f"Showing the first of {len(frame.labels)} series: choose a filter",) if len(frame.labels) > 1 else ()


def _present(frame: Frame) -> float:
    return Series("", {}, frame.times, frame.values[0]).now if frame.values.size else math.nan


def _is_least(frames: Frames) -> bool:
    """Whether the number is only a lower bound."""
    return bool(frames and frames[0].labels and BOUND_LABEL in frames[0].labels[0])


def _headline(
    panel: Panel, value: float, bound: str, tooltip: str | None, status: Status, targets: Sequence[links.Target]
) -> Markup:
    number, unit = units.split(value, panel.unit)
    return tag(
        "div",
        links.around(targets, tag("span", bound + number, class_="tile-number", title=tooltip)),
        tag("span", unit, class_="tile-unit") if unit else "",
        mark(status) if status in (Status.WARNING, Status.SERIOUS, Status.CRITICAL) else "",
        class_="tile-head",
    )


def _change(panel: Panel, view: Tile, value: float, before: float) -> Markup:
    """An arrow and the difference to a day before; coloured only by whether more is bad."""
    text = units.change(value, before, panel.unit)
    if text is None:
        why = "no current value" if math.isnan(value) else "no data" if math.isnan(before) else "zero"
        than = "" if math.isnan(value) else " yesterday"
        return tag("div", why + than, class_="tile-change", data_good="neutral")
    earlier = units.write(before, panel.unit)
    return tag(
        "div",
        tag("span", _difference(text, value, before), class_="tile-arrow"),
        tag("span", "vs yesterday", class_="tile-than"),
        class_="tile-change",
        data_good=_change_quality(panel, view, value, before),
        title=f"{earlier} at the same time on the day before",
    )


def _difference(text: str, value: float, before: float) -> str:
    return "unchanged" if text.startswith("0 ") else f"{'↑' if value > before else '↓'} {text}"


def _change_quality(panel: Panel, view: Tile, value: float, before: float) -> str:
    """Whether the change is good (yes, no or neutral). Small changes are neutral."""
    size = abs(value - before)
    points = size * {Unit.RATIO: 100, Unit.PERCENT: 1}.get(panel.unit, math.inf)
    news = size >= NEWS_SHARE * abs(before) and points >= NEWS_POINTS
    if view.rising_is_bad is None or not news:
        return "neutral"
    return "no" if (value > before) == view.rising_is_bad else "yes"


def _gauge(view: Tile, value: float, status: Status) -> Markup:
    """A bar from the gauge's first to its second number, with marks at the thresholds."""
    assert view.gauge is not None
    low, high = view.gauge
    marks = [
        tag("i", class_=f"gauge-mark gauge-{name}", style=f"left:{_place(limit, low, high):.1f}%")
        for name, limit in (("warning", view.thresholds.warning), ("critical", view.thresholds.critical))
        if limit is not None
    ]
    filled = tag("i", class_="gauge-fill", style=f"width:{_place(value, low, high):.1f}%")
    return tag("div", filled, *marks, class_="tile-gauge", data_status=status, role="presentation")


def _place(value: float, low: float, high: float) -> float:
    return 0.0 if math.isnan(value) else 100 * min(max((value - low) / (high - low), 0.0), 1.0)


def _course(frame: Frame) -> Markup:
    drawn = sparkline(frame.values[0]) if frame.values.size else Markup("")
    return tag("div", drawn, class_="tile-spark")


def _alt(panel: Panel, value: float, before: float, bound: str, status: Status) -> str:
    if math.isnan(value):
        return f"{panel.title}: no current value."
    text = units.change(value, before, panel.unit)
    than = f", {text} {'more' if value > before else 'less'} than a day before" if text else ""
    than = ", unchanged since a day before" if text and text.startswith("0 ") else than
    severity = f", {word(status)}" if status is not Status.NONE else ""
    return f"{panel.title}: {_BOUND_WORDS[bound]}{units.write(value, panel.unit)}{than}{severity}."
