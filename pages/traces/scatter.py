"""Durations over time: one dot a span, errors apart by colour and shape, a click opens the trace."""

from __future__ import annotations

import math
from typing import Final

from markupsafe import Markup

from pages.components import duration, span_parameter
from pages.page_url import PageUrl
from panels import axis
from panels.markup import join, tag
from panels.spec import Unit
from queries.search.results import Range
from queries.traces.types import Dot, Scatter

LOWEST_MS: Final = 0.1


def draw(results: Scatter, range_: Range, url: PageUrl) -> Markup:
    """The picture; widths are shares, so that it fits any screen."""
    if not results.dots:
        return Markup("")
    low, high = _decades(results.dots)
    scale = axis.logarithmic(10**low, 10**high, Unit.MILLISECONDS, 5)
    lines = [
        tag("span", text, class_="scatter-line", style=f"bottom:{100 * _share(math.log10(tick), low, high):.2f}%")
        for tick, text in zip(scale.ticks, scale.texts, strict=True)
    ]
    dots = [_dot(dot, range_, low, high, url) for dot in sorted(results.dots, key=lambda dot: dot.error)]
    plot = tag(
        "div",
        *lines,
        *dots,
        class_="scatter",
        role="group",
        data_brush="",
        aria_label=f"{len(results.dots)} spans by duration over time",
        data_start=range_.start_ns // 1_000_000,
        data_end=range_.end_ns // 1_000_000,
        data_low=f"{low:.4f}",
        data_high=f"{high:.4f}",
    )
    return tag("div", plot, time_axis(range_), class_="scatter-frame")


def time_axis(range_: Range, marks: int = 5) -> Markup:
    """Instants under a picture that is as wide as the range."""
    width = range_.end_ns - range_.start_ns
    instants = [range_.start_ns + width * place // (marks - 1) for place in range(marks)]
    return tag(
        "div",
        *(tag("span", data_t=time_ns // 1_000_000) for time_ns in instants),
        class_="time-axis",
        aria_hidden="true",
    )


def _dot(dot: Dot, range_: Range, low: float, high: float, url: PageUrl) -> Markup:
    left = _share(dot.start_ns, range_.start_ns, range_.end_ns)
    bottom = _share(math.log10(_ms(dot)), low, high)
    return tag(
        "a",
        href=url.to_page("/trace", id=dot.trace_id, span=span_parameter(dot.span_id, dot.service)),
        data_go="",
        tabindex=-1,
        class_="point bad" if dot.error else "point",
        style=f"left:{100 * left:.2f}%;bottom:{100 * bottom:.2f}%",
        title=f"{dot.name} · {duration(dot.duration_ns)}{' · error' if dot.error else ''}",
    )


def _decades(dots: tuple[Dot, ...]) -> tuple[float, float]:
    """log10 of the milliseconds at the lower and the upper end, with a little air."""
    sizes = [_ms(dot) for dot in dots]
    low, high = math.log10(min(sizes)), math.log10(max(sizes))
    air = max(0.15, (high - low) * 0.06)
    return low - air, high + air


def _ms(dot: Dot) -> float:
    return max(LOWEST_MS, dot.duration_ns / 1e6)


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def legend(results: Scatter) -> Markup:
    """What the colours mean; with counts where every span is drawn."""
    failed, whole = sum(dot.error for dot in results.dots), results.total.value <= len(results.dots)
    parts = [tag("span", tag("i", class_="dot-key"), f"{len(results.dots) - failed} fine" if whole else "fine")]
    if failed:
        parts.append(tag("span", tag("i", class_="dot-key bad"), f"{failed} with errors" if whole else "with errors"))
    return tag("p", join(parts), class_="scatter-legend")
