"""Small pieces of HTML that the exploring pages share. Every text is escaped by `panels.markup.tag`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from pages.page_url import PageUrl, format_filter, split_filter
from panels import units
from panels.markup import join, tag
from panels.spec import Unit
from queries.search.results import Count, Facet, Quality

EMPTY = Markup("")
SERIES = 8  # colours that can be distinguished


def duration(nanoseconds: float) -> str:
    """A duration as people say it; below zero (a writer's mistake) with its sign."""
    return units.write(nanoseconds / 1e6, Unit.MILLISECONDS)


def number(value: float) -> str:
    """A count."""
    return units.write(value, Unit.COUNT)


def count_text(count: Count, singular: str, plural: str) -> str:
    """“1 trace”, “1.2k traces”, “more than 10k traces”."""
    text = f"{count.value:,} {singular if count.value == 1 else plural}"
    return text if count.exact else f"more than {text}"


def moment(at_ns: int) -> Markup:
    """An instant: UTC until the browser writes it in the viewer's zone."""
    return tag("time", _utc(at_ns), data_t=at_ns // 1_000_000, data_clock="")


def age(instant: float, now: float) -> Markup:
    """How long ago an instant was, both in epoch seconds; the browser keeps it right."""
    text = f"{duration(max(now - instant, 0.0) * 1e9)} ago"
    return tag("time", text, data_age=int(instant * 1000))


def link(href: str, *children: str | Markup, class_: str | None = None, title: str | None = None) -> Markup:
    """A link within the app that keeps the viewer's own choices (theme, zone)."""
    return tag("a", *children, href=href, data_go="", class_=class_, title=title)


def span_parameter(span_id: str, service: str) -> str:
    """A span as a parameter of the trace page; the service tells apart a client and a server that share an id."""
    return f"{span_id}@{service}" if span_id and service else span_id


def notes(quality: Quality, *more: str) -> Markup:
    """What an answer leaves out, in words."""
    every = [*quality.notes, *more]
    if quality.partial and not quality.notes:
        every.append("This answer is incomplete.")
    if not every:
        return EMPTY
    return tag("p", " · ".join(every), class_="notes partial" if quality.partial else "notes")


def empty_state(sentence: str, hint: str = "") -> Markup:
    """What stands where a list would be."""
    return tag("div", tag("strong", sentence), tag("span", hint) if hint else EMPTY, class_="nothing")


def error_message(sentence: str, hint: str = "") -> Markup:
    """A part whose question error_message while the others have answers."""
    return tag("div", tag("strong", sentence), tag("span", hint), class_="nothing failed")


def section(title: str, *content: Markup, more: Markup = EMPTY, class_: str = "") -> Markup:
    """A framed part with a title."""
    return tag("section", tag("header", tag("h2", title), more), *content, class_=f"box {class_}".strip())


def colour(name: str, order: Sequence[str]) -> str:
    """The colour of a service: the same place in the order, the same colour."""
    place = order.index(name) if name in order else SERIES
    return f"--c:var(--series-{place + 1})" if place < SERIES else "--c:var(--series-other)"


def swatch(name: str, order: Sequence[str]) -> Markup:
    """A coloured square."""
    return tag("i", class_="swatch", style=colour(name, order))


def hidden_fields(url: PageUrl, names: Iterable[str]) -> Markup:
    """What a form must not lose."""
    pairs = [(name, value) for name in names for value in url.all(name)]
    return join([tag("input", type="hidden", name=name, value=value) for name, value in pairs])


# Phones show a search key and correct nothing; the script that completes words announces its list (ARIA combobox).
_COMPLETED: Final = {
    "spellcheck": "false",
    "autocapitalize": "off",
    "enterkeyhint": "search",
    "role": "combobox",
    "aria_expanded": "false",
    "aria_autocomplete": "list",
}


def search_box(url: PageUrl, name: str, label: str, placeholder: str, **attributes: str) -> Markup:
    """The field of a search form, with the value that the address has for it."""
    return tag(
        "input",
        type="search",
        name=name,
        value=url.value(name),
        autocomplete="off",
        placeholder=placeholder,
        aria_label=label,
        **attributes,
    )


def completed_search_box(url: PageUrl, name: str, label: str, placeholder: str, source: str) -> Markup:
    """A search field whose words are completed from the address `source`."""
    return search_box(url, name, label, placeholder, **_COMPLETED, data_complete=source)


def filter_chips(url: PageUrl) -> Markup:
    """The filters that are set, each with a way to drop it and to turn it round."""
    chips = []
    for text in url.all("f"):
        name, value, negated = split_filter(text)
        inverted = format_filter(name, value, not negated)
        sign = ("is not" if negated else "is") if value else ("is missing" if negated else "is there")
        others = [inverted if other == text else other for other in url.all("f")]
        chips.append(
            tag(
                "span",
                link(url.href(f=others), tag("b", name), f" {sign} ", value, title="Turn it round"),
                link(url.without_filter(text), "×", class_="drop", title=f"Without the filter on {name}"),
                class_="filter-chip" + (" negated" if negated else ""),
            )
        )
    return tag("div", *chips, class_="filter-chips") if chips else EMPTY


def facet(url: PageUrl, facet_: Facet, title: str = "", chosen: Sequence[str] = ()) -> Markup:
    """The most frequent values of a field with counts; a click filters, the − beside it leaves them out."""
    most = max((value.count for value in facet_.values), default=1)
    rows = [
        tag(
            "li",
            link(
                url.with_filter(facet_.field, value.value),
                tag("span", value.value, class_="facet-value"),
                tag("b", number(value.count)),
                title=f"Only {facet_.field} {value.value}",
            ),
            link(
                url.with_filter(facet_.field, value.value, negated=True),
                "−",
                class_="without",
                title=f"Without {facet_.field} {value.value}",
            ),
            style=f"--share:{100 * value.count / most:.1f}%",
            class_="on" if value.value in chosen else None,
        )
        for value in facet_.values
    ]
    if facet_.others > 0:
        rows.append(tag("li", f"and {number(facet_.others)} with other values", class_="others"))
    return tag(
        "details",
        tag("summary", title or facet_.field),
        tag("ul", *rows),
        class_="facet",
        open="",
        data_key=facet_.field,
    )


def pager(url: PageUrl, previous: str, following: str) -> Markup:
    """Ways to the pages before and after."""
    links = [
        link(url.href(cursor=cursor), text, class_="button")
        for cursor, text in ((previous, "Newer"), (following, "More"))
        if cursor
    ]
    return tag("nav", *links, class_="pager", aria_label="Pages") if links else EMPTY


def _utc(at_ns: int) -> str:
    try:
        return datetime.fromtimestamp(at_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return str(at_ns)
