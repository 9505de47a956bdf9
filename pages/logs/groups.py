"""Log lines by pattern, and what tells the chosen lines from all others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages import differences as stand_outs
from pages.logs.chart import split
from pages.page_url import MAX_LENGTH, PageUrl
from panels.markup import tag
from queries.logs.names import canonical_name
from queries.logs.types import LogPattern, LogPatterns, LogQuery
from queries.search.grammar import quote
from queries.search.results import StandOut, StandOuts

SHOWN: Final = 400
_UNIQUE: Final = ("trace_id", "span_id", "correlation_id", "time")  # every line has another one
_HOLE: Final = re.compile(r"(\{[^{}]*\}|<(?:id|time|address|number)>)")


def patterns(url: PageUrl, found: LogPatterns) -> Markup:
    """Templates by count; a click shows their lines."""
    if not found.patterns:
        return ui.nothing("No lines match.", "Choose a longer range, or drop a filter.")
    most = found.patterns[0].count
    rows = [_pattern(one, url, most, found.total.value) for one in found.patterns]
    partly = found.looked_at < found.total.value or not found.total.exact
    said = [f"{found.looked_at:,} of {ui.counted(found.total, 'line', 'lines')} were grouped."] if partly else []
    title = f"{len(found.patterns)} {'pattern' if len(found.patterns) == 1 else 'patterns'}"
    return ui.section(title, tag("ol", *rows, class_="log-patterns"), ui.notes(found.quality, *said))


def _pattern(one: LogPattern, url: PageUrl, most: int, total: int) -> Markup:
    share = 100 * one.count / max(1, total)
    facts = tag(
        "span", split(one.by_level), tag("b", ui.number(one.count)),
        tag("span", f"{share:.1f} %" if share >= 0.1 else "under 0.1 %", class_="quiet"), class_="log-pattern-facts",
    )  # fmt: skip
    when = tag("span", "first ", ui.moment(one.first_ns), ", last ", ui.moment(one.last_ns), class_="quiet")
    example = tag("span", one.example[:SHOWN], class_="log-example") if one.example != one.template else ""
    href = lines_of(one, url)
    name = tag("span", *_holes(one.template), class_="log-template")
    content = [name, facts, example, when]
    style = f"--share:{100 * one.count / max(1, most):.1f}%"
    if not href:
        return tag("li", tag("div", *content), style=style)
    return tag("li", ui.link(href, *content, title="Only lines of this pattern"), style=style)


def lines_of(one: LogPattern, url: PageUrl) -> str:
    """The address of the pattern's lines: by its template, or by the words of a pattern that was found; else empty."""
    if not one.mined:
        text = one.template
        lines = replace(url, parameters={**url.parameters, "view": ()})
        return lines.with_filter("template", text) if 0 < len(text) < MAX_LENGTH else ""
    fixed = [part.strip() for part in _HOLE.split(one.template)[::2]]
    words = [quote(part) for part in fixed if any(char.isalnum() for char in part)]
    typed = url.value("q")
    text = " ".join([f"({typed})", *words] if typed.strip() else words)
    return url.href(q=text, view="") if words and len(text) < MAX_LENGTH else ""


def _holes(template: str) -> list[Markup | str]:
    """The template with its places for values set apart."""
    parts = _HOLE.split(template[:SHOWN])
    shown: list[Markup | str] = [tag("i", part) if place % 2 else part for place, part in enumerate(parts)]
    return [*shown, "…"] if len(template) > SHOWN else shown


def different(url: PageUrl, query: LogQuery, found: StandOuts | None) -> Markup:
    """The values that the chosen lines have more often than the rest of the range; None: no lines were chosen."""
    title = "What is different about these lines?"
    if found is None:
        ways = [ui.link(url.href(level=levels), text, class_="button")
                for levels, text in ((("Error", "Fatal"), "Errors"), (("Warning",), "Warnings"))]  # fmt: skip
        ask = ui.nothing("Choose some lines first.", "They are compared with the rest of the range.")
        return ui.section(title, ask, tag("p", *ways, class_="links"))
    how = tag("p", "Values ranked by how much more frequent they are here than in all other lines of the range. "
              "A click makes one a filter.", class_="hint")  # fmt: skip
    asked = _asked(query)
    found = replace(found, values=_few(one for one in found.values if one.field not in asked))
    return ui.section(title, how, stand_outs.table(found, url))


def _few(values: Iterable[StandOut]) -> tuple[StandOut, ...]:
    """At most two values of a field, under one of its names: more say the same again."""
    kept: list[StandOut] = []
    for one in values:
        if canonical_name(one.field) in ("", one.field) and sum(other.field == one.field for other in kept) < 2:
            kept.append(one)
    return tuple(kept)


def _asked(query: LogQuery) -> frozenset[str]:
    """Fields that are the question itself and no answer to it."""
    named = [one.field for one in query.filters if not one.negated]
    return frozenset((*named, *(["level"] if query.levels else []), *_UNIQUE))
