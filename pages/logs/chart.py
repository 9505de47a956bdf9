"""Lines over time by level: one stretchable picture from the server, told in words on hover and tap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.logs.query import with_level
from pages.page_url import PageUrl
from panels.markup import tag
from queries.logs.types import LEVELS, UNKNOWN_LEVEL, HistogramBucket, LogHistogram

LEAST: Final = 1.5  # percent of the height: one error among a million lines is still seen
ORDER: Final = (*reversed(LEVELS), UNKNOWN_LEVEL)  # from the ground up: what is severe keeps its ground line


def draw(histogram: LogHistogram, url: PageUrl) -> Markup:
    """The chart with legend and axis; nothing without lines."""
    most = max((bucket.total for bucket in histogram.buckets), default=0)
    if not most:
        return ui.EMPTY
    start = histogram.buckets[0].start_ns // 1_000_000
    end = histogram.buckets[-1].start_ns // 1_000_000 + histogram.width_s * 1_000
    bars = [mark for place, bucket in enumerate(histogram.buckets) for mark in _bar(place, bucket, histogram, most)]
    picture = tag(
        "svg", *bars, viewBox=f"0 0 {len(histogram.buckets)} 100", preserveAspectRatio="none", aria_hidden="true"
    )
    frame = tag(
        "div",
        tag("span", ui.number(most), class_="log-most"),
        picture,
        *_partial(histogram),
        class_="log-chart",
        data_brush="",
        data_start=start,
        data_end=end,
    )
    middle = (start + end) // 2
    axis = tag(
        "div", *(tag("span", ui.moment(time_ms * 1_000_000)) for time_ms in (start, middle, end)), class_="time-axis"
    )
    how = tag("span", " Dragging narrows the range.", class_="not-phone")
    caption = tag("p", _width(histogram.width_s), how, class_="log-said hint", role="status")
    return ui.section("Lines over time", frame, axis, caption, more=legend(histogram, url))


def legend(histogram: LogHistogram, url: PageUrl) -> Markup:
    """Levels with counts; a click shows only that level, a second one all again."""
    sums = totals(histogram)
    chosen = url.all("level")
    names = [name for name in ORDER if sums.get(name) or (name and name in chosen)]
    links = [
        ui.link(
            with_level(url, name),
            *_key(name, sums.get(name, 0)),
            title=f"Only {name}",
            class_="log-key on" if name in chosen else "log-key",
        )
        if name
        else tag("span", *_key("", sums[""]), class_="log-key")
        for name in names
    ]
    return tag("span", *links, class_="log-legend")


def _key(name: str, count: int) -> tuple[Markup, str, Markup]:
    return tag("i", class_="swatch", data_level=name), name or "No level", tag("b", ui.number(count))


def totals(histogram: LogHistogram) -> dict[str, int]:
    """Lines of the whole range by level."""
    sums: dict[str, int] = {}
    for bucket in histogram.buckets:
        for name, count in bucket.by_level.items():
            sums[name if name in LEVELS else ""] = sums.get(name if name in LEVELS else "", 0) + count
    return sums


def split(by_level: Mapping[str, int]) -> Markup:
    """Levels of a group as one thin bar with words."""
    total = max(1, sum(by_level.values()))
    named = [(name, by_level[name]) for name in ORDER if by_level.get(name)]
    label = ", ".join(f"{name or 'no level'} {count:,}" for name, count in named)
    parts = [tag("i", data_level=name, style=f"width:{100 * count / total:.2f}%") for name, count in named]
    return tag("span", *parts, class_="log-split", title=label, role="img", aria_label=label)


def _bar(place: int, bucket: HistogramBucket, histogram: LogHistogram, most: int) -> list[Markup]:
    marks, top = [], 100.0
    for name in ORDER:
        count = _count(bucket, name)
        if count:
            height = max(LEAST, 100 * count / most)
            top -= height
            marks.append(
                tag(
                    "rect",
                    x=f"{place + 0.06:.2f}",
                    y=f"{max(0.0, top):.2f}",
                    width="0.88",
                    height=f"{height:.2f}",
                    data_level=name,
                )
            )
    hover_target = tag(
        "rect",
        x=place,
        y=0,
        width=1,
        height=100,
        class_="log-bucket",
        data_said=_hover_text(bucket),
        data_from=bucket.start_ns // 1_000_000_000,
        data_width=histogram.width_s,
    )
    return [*marks, hover_target]


def _count(bucket: HistogramBucket, level: str) -> int:
    """Lines of a level; an empty one is for all words that are no level."""
    return sum(value for key, value in bucket.by_level.items() if key == level or not (level or key in LEVELS))


def _hover_text(bucket: HistogramBucket) -> str:
    counts = [(name, _count(bucket, name)) for name in ORDER]
    parts = [f"{name or 'no level'} {count:,}" for name, count in counts if count]
    more = " (the range covers only a part of this bar)" if bucket.incomplete else ""
    return (" · ".join(parts) or "no lines") + more


def _partial(histogram: LogHistogram) -> list[Markup]:
    """Hatching over the first and the last bucket where the range cuts them."""
    width = 100 / len(histogram.buckets)
    return [
        tag(
            "i",
            class_="log-part",
            style=f"left:{place * width:.3f}%;width:{width:.3f}%",
            title="The range covers only a part of this bar",
        )
        for place, bucket in enumerate(histogram.buckets)
        if bucket.incomplete
    ]


def _width(seconds: int) -> str:
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"One bar is {seconds // size} {word}."
    return f"One bar is {seconds} s."
