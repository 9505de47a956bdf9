"""What types do not say about a board: ids, references between its parts, queries that can be read, places of links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Final

import promql_parser

from pages.choices import REFRESH_INTERVALS, RESERVED_PARAMETERS
from pages.exploring import PAGES
from pages.files.problems import Path, Problem, suggestion
from panels.links import is_safe
from panels.spec import (
    WITHOUT_DATA,
    BucketHeatmap,
    Cards,
    Cells,
    Column,
    Dashboard,
    Link,
    Panel,
    Query,
    Table,
    Tile,
    View,
)
from queries.core.errors import InvalidInput
from queries.core.time_range import TimeRange, Window
from queries.metrics.profile import CODEAGENT
from queries.metrics.promql import DURATIONS, canonical, labels_filtered, without_filters

MOST_PANELS: Final = 300
_SYSTEM_PAGES: Final = ("about", "api", "boards", "embed", "explore", "health", "kiosk", "metrics", "static")
RESERVED_PAGES: Final = frozenset((*PAGES, *_SYSTEM_PAGES)) - {"endpoint"}  # a board and the sections below it
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,79}")
_PAGE: Final = re.compile(r"/[a-z0-9][a-z0-9/_-]*")
_COLOUR: Final = re.compile(r"(--[a-z0-9-]+)?")
_PLACEHOLDER: Final = re.compile(r"\$\w+")
_FUNCTIONS: Final = ("$filters", "$filter", "$failed", "$judged", "$unit")
_PLACEHOLDERS: Final = (*_FUNCTIONS, *DURATIONS)
_TEXT: Final = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`')
_DURATION: Final = re.compile("|".join(map(re.escape, DURATIONS)))
_DURATIONS: Final = {name: "60" if name.endswith("s") else "1m" for name in DURATIONS} | {"$__within": "14s:15s"}
_LEADING_COMMA: Final = re.compile(r"\{\s*,")
_OF_PROFILES: Final = ("$unit", "$failed", "$judged")
_WINDOW: Final = Window(0, 3_600, 60)


def problems(board: Dashboard) -> Iterator[Problem]:
    """Everything that is wrong with a board whose types are right."""
    yield from _identifier(board.id, ("id",))
    if board.id in RESERVED_PAGES:
        yield Problem(("id",), f"“{board.id}” is the address of another page: choose another id.")
    if board.refresh not in REFRESH_INTERVALS:
        known = ", ".join(name for name in REFRESH_INTERVALS if name)
        yield Problem(("refresh",), f"“{board.refresh[:40]}” is not known for “refresh”. Known are: {known}.")
    try:
        TimeRange(board.range).resolve(2_000_000_000)
    except InvalidInput as error:
        yield Problem(("range",), str(error))
    for index, label in enumerate(board.filters):
        yield from _filter(label, ("filters", index))
    for index, label in enumerate(board.single):
        if label not in board.filters:
            yield Problem(("single", index), f"“{label[:40]}” is not among the filters of the board.")
    if not 0 < len(board.panels) <= MOST_PANELS:
        yield Problem(("panels",), f"A board has 1 to {MOST_PANELS} panels, not {len(board.panels)}.")
    repeated = {name for name, count in Counter(panel.id for panel in board.panels).items() if count > 1}
    for number, panel in enumerate(board.panels):
        if panel.id in repeated:
            yield Problem(("panels", number, "id"), f"Two panels have the id “{panel.id}”.")
        yield from _panel(panel, board.filters, ("panels", number))


def _identifier(text: str, path: Path) -> Iterator[Problem]:
    if not _ID.fullmatch(text):
        yield Problem(path, f"“{text[:40]}” is not a valid id: use lower-case letters, digits and hyphens, 80 at most.")


def _filter(label: str, path: Path) -> Iterator[Problem]:
    if not _LABEL.fullmatch(label):
        yield Problem(path, f"“{label[:40]}” is not a valid label name.")
    if label in RESERVED_PARAMETERS:
        yield Problem(path, f"A label “{label}” cannot be a filter: addresses use that word for something else.")


def _panel(panel: Panel, filters: Collection[str], path: Path) -> Iterator[Problem]:
    yield from _identifier(panel.id, (*path, "id"))
    for name, size, most in (("span", panel.span, 12), ("rows", panel.rows, 20)):
        if not 1 <= size <= most:
            yield Problem((*path, name), f"“{name}” is 1 to {most}, not {size}.")
    for name, label in (("repeat", panel.repeat), *(("fixed", label) for label, _ in panel.fixed)):
        if label and label not in filters:
            yield Problem((*path, name), f"“{label[:40]}” is not among the filters of the board.")
    if not panel.queries and not isinstance(panel.view, WITHOUT_DATA):
        yield Problem(path, "The panel has no query.")
    if panel.queries and isinstance(panel.view, WITHOUT_DATA):
        yield Problem((*path, "queries"), "A panel of this kind has no queries.")
    if isinstance(panel.view, Tile | BucketHeatmap) and len(panel.queries) > 1 and panel.derive is None:
        yield Problem((*path, "queries"), f"A panel of this kind has one query, not {len(panel.queries)}.")
    for index, query in enumerate(panel.queries):
        yield from _query(query, filters, (*path, "queries", index))
    if panel.derive is None:
        yield from _references(panel, path)
    yield from _links(panel, path)


def _links(panel: Panel, path: Path) -> Iterator[Problem]:
    for name, drill in (("drill", panel.drill), ("also", panel.also)):
        if drill is not None:
            yield from _page(drill.page, (*path, name, "page"))
    yield from _addresses(panel.links, path)
    for name, columns in _columns(panel.view):
        for number, column in enumerate(columns):
            yield from _addresses(column.links, (*path, "view", name, number))
    for index, group in enumerate(panel.view.groups if isinstance(panel.view, Cells) else ()):
        if group.href:
            yield from _page(group.href, (*path, "view", "groups", index, "href"))


def _addresses(links: Sequence[Link], path: Path) -> Iterator[Problem]:
    for index, link in enumerate(links):
        if not is_safe(link.url):
            sentence = f"“{link.url[:60]}” is not a web address (http, https) or a path of this application."
            yield Problem((*path, "links", index, "url"), sentence)


def _columns(view: View) -> Iterator[tuple[str, tuple[Column, ...]]]:
    """The name of a view's list of columns, and the columns."""
    if isinstance(view, Table):
        yield "columns", view.columns
    if isinstance(view, Cards):
        yield "fields", view.fields


def _references(panel: Panel, path: Path) -> Iterator[Problem]:
    """Columns and groups name queries by number, from 0 on."""
    name, numbers = _numbers(panel.view)
    for index, number in enumerate(numbers):
        if not 0 <= number < len(panel.queries):
            place = (*path, "view", name, index, "query")
            yield Problem(place, f"There is no query {number}: the panel's are 0 to {len(panel.queries) - 1}.")
    if isinstance(panel.view, Table) and not 0 <= panel.view.sort < len(numbers):
        yield Problem((*path, "view", "sort"), f"There is no column {panel.view.sort}.")


def _numbers(view: View) -> tuple[str, list[int]]:
    """The name of a view's list of parts, and the query that each part shows."""
    match view:
        case Table(columns=columns):
            return "columns", [column.query for column in columns]
        case Cards(fields=fields):
            return "fields", [field.query for field in fields]
        case Cells(groups=groups):
            return "groups", [group.query for group in groups]
    return "", []


def _page(page: str, path: Path) -> Iterator[Problem]:
    if not _PAGE.fullmatch(page):
        yield Problem(path, f"“{page[:40]}” is not a page of this application: write its path, such as /overview.")


def _query(query: Query, filters: Collection[str], path: Path) -> Iterator[Problem]:
    if not _COLOUR.fullmatch(query.colour):
        yield Problem((*path, "colour"), f"“{query.colour[:40]}” is not a colour token such as --series-1.")
    place = (*path, "expr")
    for label in labels_filtered(query.expr):
        if label not in filters:
            yield Problem(place, f"$filter({label}) needs “{label}” among the board's filters.")
    if sentence := unreadable(query.expr):
        yield Problem(place, sentence)


@lru_cache(maxsize=4_096)
def unreadable(template: str) -> str:
    """What is wrong with a query; empty for a good one."""
    unknown = [name for name in _PLACEHOLDER.findall(_TEXT.sub('""', template)) if name not in _PLACEHOLDERS]
    if unknown:
        return f"“{unknown[0]}” is not known in a query. {suggestion(unknown[0], _PLACEHOLDERS)}"
    try:
        promql_parser.parse(_example(template))
    except ValueError as error:
        return f"The query cannot be read: {error}."
    return ""


def _example(template: str) -> str:
    """The query with a duration for each placeholder; the profile is asked only where the query names it."""
    if any(name in template for name in _OF_PROFILES):
        return canonical(template, _WINDOW, {}, CODEAGENT)
    if "$" not in template:
        return template
    return _DURATION.sub(lambda match: _DURATIONS[match[0]], _LEADING_COMMA.sub("{", without_filters(template)))
