"""What is different? The slow or the failing spans against the rest: the tags that stand out, each a click away."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.page_url import PageUrl
from pages.store_call import StoreResult
from panels.markup import join, tag
from queries.core.deadline import Deadline
from queries.search.results import SignificantValue, SignificantValues
from queries.stores.trace_store import TraceStore
from queries.traces.types import TraceQuery

SHOWN: Final = 10
LEAST_SHARE: Final = 0.02  # of the selection: what fewer carry explains nothing
SLOW_PERCENT: Final = 95.0
CHOICES: Final = (("failing", "the failing ones"), ("slow", "the slowest twentieth"))
# Fields that identify a request and do not explain it: every slow span has another id.
_OWN: Final = ("status", "duration", "trace_id", "span_id")


def selection_of(url: PageUrl) -> str:
    """Which spans are asked about (`diff=slow`); empty for none. Raises InvalidInput."""
    return url.choice("diff", tuple(name for name, _ in CHOICES))


def load(store: TraceStore, query: TraceQuery, chosen: str, deadline: Deadline) -> SignificantValues | None:
    """The tags that tell the chosen spans from the rest; None when nothing matches. Raises QueryError."""
    selection = _select(store, query, chosen, deadline)
    return None if selection is None else store.significant_values(selection, query, 3 * SHOWN, deadline)


def _select(store: TraceStore, query: TraceQuery, chosen: str, deadline: Deadline) -> TraceQuery | None:
    if chosen == "failing":
        return replace(query, status="error")
    slowest = store.duration_at(query, SLOW_PERCENT, deadline)
    return None if slowest is None else replace(query, min_ns=slowest)


def section(url: PageUrl, chosen: str, answer: StoreResult[SignificantValues | None] | None, there: PageUrl) -> Markup:
    """The choices of a comparison, and its result once one is chosen. Values link to `there`. Raises QueryError."""
    ways = [_way(url, name, text, chosen) for name, text in CHOICES]
    content = ui.EMPTY if answer is None else _content(answer.get(), there)
    more = tag("span", *ways, class_="ways")
    return ui.section("What is different about", content, more=more, class_="different")


def _way(url: PageUrl, name: str, text: str, chosen: str) -> Markup:
    """A choice; a second click takes it back."""
    on = name == chosen
    return ui.link(url.href(diff="" if on else name), text, class_="button on" if on else "button")


def _content(results: SignificantValues | None, there: PageUrl) -> Markup:
    return ui.empty_state("No spans match in this range.") if results is None else table(results, there)


def table(results: SignificantValues, there: PageUrl) -> Markup:
    """Values by how much they stand out, with their shares on both sides."""
    if not results.selection_total:
        return ui.empty_state("There are none in this range.")
    if not results.rest_total:
        message = f"All {results.selection_total:,} match: this range has no others to compare them with."
        return ui.empty_state(message, "Choose a longer range, or one from before it began.")
    least = max(3, LEAST_SHARE * results.selection_total)
    listed = [value for value in results.values if value.field not in _OWN and value.in_selection >= least]
    rows = [_row(value, results, there) for value in listed[:SHOWN]]
    if not rows:
        return ui.empty_state("Nothing stands out: they carry the same tags as the rest.")
    totals = f"{results.selection_total:,} of them, {results.rest_total:,} others."
    return join([tag("ol", *rows, class_="stand-outs"), ui.notes(results.quality, totals)])


def _row(value: SignificantValue, results: SignificantValues, there: PageUrl) -> Markup:
    inside = 100 * value.in_selection / results.selection_total
    outside = 100 * value.in_rest / results.rest_total if results.rest_total else 0.0
    name = tag("span", tag("b", value.field), " ", value.value, class_="stand-out-name")
    bars = (_bar(inside, "of these", "pair these"), _bar(outside, "of the others", "pair"))
    href = there.with_filter(value.field, value.value)
    return tag("li", ui.link(href, name, *bars, title=f"Only {value.field} {value.value}"))


def _bar(percent: float, of: str, class_: str) -> Markup:
    return tag("span", tag("i", style=f"width:{percent:.1f}%"), tag("em", f"{percent:.0f} % {of}"), class_=class_)
