"""Log lines by pattern, and what tells the chosen lines from all others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages import differences
from pages.logs.chart import split
from pages.page_url import MAX_LENGTH, PageUrl
from panels.markup import tag
from queries.logs.names import canonical_name
from queries.logs.types import LogPattern, LogPatterns, LogQuery
from queries.search.grammar import quote
from queries.search.results import SignificantValue, SignificantValues

SHOWN: Final = 400
_UNIQUE: Final = ("trace_id", "span_id", "correlation_id", "time")  # every line has another one
_PLACEHOLDER: Final = re.compile(r"(\{[^{}]*\}|<(?:id|time|address|number)>)")


def patterns(url: PageUrl, results: LogPatterns) -> Markup:
    """Templates by count; a click shows their lines."""
    if not results.patterns:
        return ui.empty_state("No lines match.", "Choose a longer range, or drop a filter.")
    most = results.patterns[0].count
    rows = [_pattern(pattern, url, most, results.total.value) for pattern in results.patterns]
    partly = results.looked_at < results.total.value or not results.total.exact
    notices = (
        [f"{results.looked_at:,} of {ui.count_text(results.total, 'line', 'lines')} were grouped."] if partly else []
    )
    title = f"{len(results.patterns)} {'pattern' if len(results.patterns) == 1 else 'patterns'}"
    return ui.section(title, tag("ol", *rows, class_="log-patterns"), ui.notes(results.quality, *notices))


def _pattern(pattern: LogPattern, url: PageUrl, most: int, total: int) -> Markup:
    share = 100 * pattern.count / max(1, total)
    facts = tag(
        "span",
        split(pattern.by_level),
        tag("b", ui.number(pattern.count)),
        tag("span", f"{share:.1f} %" if share >= 0.1 else "under 0.1 %", class_="quiet"),
        class_="log-pattern-facts",
    )
    when = tag("span", "first ", ui.moment(pattern.first_ns), ", last ", ui.moment(pattern.last_ns), class_="quiet")
    example = tag("span", pattern.example[:SHOWN], class_="log-example") if pattern.example != pattern.template else ""
    href = lines_of(pattern, url)
    name = tag("span", *_mark_placeholders(pattern.template), class_="log-template")
    content = [name, facts, example, when]
    style = f"--share:{100 * pattern.count / max(1, most):.1f}%"
    if not href:
        return tag("li", tag("div", *content), style=style)
    return tag("li", ui.link(href, *content, title="Only lines of this pattern"), style=style)


def lines_of(pattern: LogPattern, url: PageUrl) -> str:
    """The address of the pattern's lines: by its template, or by the words of a pattern that was found; else empty."""
    if not pattern.mined:
        text = pattern.template
        lines = replace(url, parameters={**url.parameters, "view": ()})
        return lines.with_filter("template", text) if 0 < len(text) < MAX_LENGTH else ""
    fixed = [part.strip() for part in _PLACEHOLDER.split(pattern.template)[::2]]
    words = [quote(part) for part in fixed if any(char.isalnum() for char in part)]
    typed = url.value("q")
    text = " ".join([f"({typed})", *words] if typed.strip() else words)
    return url.href(q=text, view="") if words and len(text) < MAX_LENGTH else ""


def _mark_placeholders(template: str) -> list[Markup | str]:
    """The template with its places for values set apart."""
    parts = _PLACEHOLDER.split(template[:SHOWN])
    segments: list[Markup | str] = [tag("i", part) if place % 2 else part for place, part in enumerate(parts)]
    return [*segments, "…"] if len(template) > SHOWN else segments


def different(url: PageUrl, query: LogQuery, results: SignificantValues | None) -> Markup:
    """The values that the chosen lines have more often than the rest of the range; None: no lines were chosen."""
    title = "What is different about these lines?"
    if results is None:
        ways = [
            ui.link(url.href(level=levels), text, class_="button")
            for levels, text in ((("Error", "Fatal"), "Errors"), (("Warning",), "Warnings"))
        ]
        ask = ui.empty_state("Choose some lines first.", "They are compared with the rest of the range.")
        return ui.section(title, ask, tag("p", *ways, class_="links"))
    how = tag(
        "p",
        "Values ranked by how much more frequent they are here than in all other lines of the range. "
        "A click makes one a filter.",
        class_="hint",
    )
    queried = _queried_fields(query)
    results = replace(results, values=_limit_per_field(value for value in results.values if value.field not in queried))
    return ui.section(title, how, differences.table(results, url))


def _limit_per_field(values: Iterable[SignificantValue]) -> tuple[SignificantValue, ...]:
    """At most two values of a field, under one of its names: more say the same again."""
    distinct: list[SignificantValue] = []
    for value in values:
        if (
            canonical_name(value.field) in ("", value.field)
            and sum(other.field == value.field for other in distinct) < 2
        ):
            distinct.append(value)
    return tuple(distinct)


def _queried_fields(query: LogQuery) -> frozenset[str]:
    """Fields that are the question itself and no answer to it."""
    named = [condition.field for condition in query.filters if not condition.negated]
    return frozenset((*named, *(["level"] if query.levels else []), *_UNIQUE))
