"""Two traces side by side, and where their difference comes from."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.compare.load import CompareModel, CompareQuery
from pages.page import PageContent
from pages.page_url import PageUrl
from panels.markup import join, tag
from queries.traces.arrange import Arranged
from queries.traces.compare import Comparison, Difference, Spent

ROWS: Final = 120  # spans of a picture; more are thinner than a pixel
LISTED: Final = 40


def view(query: CompareQuery, model: CompareModel) -> PageContent:
    """Both traces and their differences."""
    url, comparison = query.url, model.comparison
    title = "The other one" if query.other else "A typical one"
    pair = (_trace("This one", model.first, comparison, url), _trace(title, model.second, comparison, url))
    parts = {
        "pair": tag("div", *pair, class_="compared"),
        "differences": ui.section("Where the difference comes from", table(comparison), _summary(comparison)),
    }
    return PageContent(parts, 30.0, f"{model.first.spans[0].name} compared")


def _trace(title: str, trace: Arranged, comparison: Comparison, url: PageUrl) -> Markup:
    root = trace.spans[0]
    name = ui.link(url.to_page("/trace", id=trace.trace_id), f"{root.service} {root.name}", title="Open this trace")
    errors = sum(span.is_error for span in trace.spans)
    failed = tag("span", f"{errors} with errors", class_="bad") if errors else ui.EMPTY
    facts = tag(
        "p",
        tag("b", ui.duration(trace.duration_ns)),
        f"{len(trace.spans):,} spans",
        failed,
        ui.moment(trace.start_ns),
        class_="facts",
    )
    notes = join([tag("p", note, class_="notes said") for note in trace.notes])
    longest = max(comparison.first.duration_ns, comparison.second.duration_ns, 1)
    return ui.section(title, tag("p", name), facts, picture(trace, longest), notes)


def picture(trace: Arranged, longest_ns: int) -> Markup:
    """A small waterfall; both are drawn to the same scale."""
    order = list(dict.fromkeys(span.service for span in trace.spans))
    longest = sorted(range(len(trace.spans)), key=lambda index: -trace.spans[index].duration_ns)[:ROWS]
    bars = [_bar(trace, index, longest_ns, order) for index in sorted(longest)]
    more = len(trace.spans) - len(longest)
    note = tag("p", f"The {len(longest)} longest of {len(trace.spans):,} spans.", class_="notes") if more else ui.EMPTY
    return join([tag("div", *bars, class_="mini", style=f"--rows:{len(bars)}"), note])


def _bar(trace: Arranged, index: int, longest_ns: int, order: list[str]) -> Markup:
    span = trace.spans[index]
    left = 100 * (span.start_ns - trace.start_ns) / longest_ns
    width = 100 * max(0, span.duration_ns) / longest_ns
    classes = " ".join(name for name, on in (("error", span.is_error), ("critical", trace.critical[index])) if on)
    style = f"margin-left:{left:.2f}%;width:{width:.2f}%;{ui.colour(span.service, order)}"
    title = f"{span.service} · {span.name} · {ui.duration(span.duration_ns)}"
    return tag("i", style=style, class_=classes or None, title=title)


def _summary(comparison: Comparison) -> Markup:
    more = comparison.first.duration_ns - comparison.second.duration_ns
    word = "longer" if more >= 0 else "shorter"
    text = f"The first took {ui.duration(abs(more))} {word}. Self time is a span's own time, without its children's."
    return tag("p", text, class_="notes")


def table(comparison: Comparison) -> Markup:
    """Operations by how much their self time differs."""
    words = ("Difference", "This one", "The other", "Calls")
    bar = tag("th", tag("span", "Share", class_="unseen"))
    head = tag("tr", tag("th", "Operation"), *(tag("th", word, class_="t-number") for word in words), bar)
    largest = max((abs(difference.more_ns) for difference in comparison.differences), default=1) or 1
    rows = [_row(difference, largest) for difference in comparison.differences[:LISTED]]
    body = tag("table", tag("thead", head), tag("tbody", *rows), class_="t plain differences")
    left = len(comparison.differences) - LISTED
    remainder = tag("p", f"and {left} with smaller differences", class_="notes") if left > 0 else ui.EMPTY
    return join([tag("div", body, class_="wide", tabindex=0), remainder])


def _row(difference: Difference, largest: int) -> Markup:
    sign = "+" if difference.more_ns > 0 else "−" if difference.more_ns < 0 else ""
    share = 50 * abs(difference.more_ns) / largest
    side = f"left:50%;width:{share:.1f}%" if difference.more_ns > 0 else f"right:50%;width:{share:.1f}%"
    bar = tag("span", tag("i", style=side, class_="more" if difference.more_ns > 0 else "less"), class_="both-ways")
    calls = f"{difference.first.calls} : {difference.second.calls}"
    return tag(
        "tr",
        tag("td", tag("b", difference.name or "unnamed"), " ", tag("span", difference.service, class_="quiet")),
        tag("td", f"{sign}{ui.duration(abs(difference.more_ns))}", class_="t-number"),
        tag("td", _cost_text(difference.first), class_="t-number"),
        tag("td", _cost_text(difference.second), class_="t-number"),
        tag("td", calls, class_="t-number"),
        tag("td", bar),
    )


def _cost_text(spent: Spent) -> str:
    if not spent.calls:
        return "not there"
    return ui.duration(spent.self_ns) + (f", {spent.errors} ✕" if spent.errors else "")
