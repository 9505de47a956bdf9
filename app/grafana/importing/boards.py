"""A dashboard of Grafana as a board, and what became of each of its panels."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.grafana import definition
from app.grafana.definition import Definition
from app.grafana.importing import calculations, layout, links, queries, repeats, views
from app.grafana.importing.fields import text, texts
from app.grafana.importing.source import ImportRefused, Json, SourceDashboard, SourceLink, SourcePanel
from app.grafana.importing.variables import CannotConvert, Variables
from pages import BOARDS
from pages.choices import REFRESH_INTERVALS
from pages.files.checks import MOST_PANELS, RESERVED_PAGES, problems
from panels.spec import Dashboard, Link, Panel, Row, Table, Text, View
from queries.metrics.promql import labels_filtered

_USUAL_REFRESH: Final = "30s"
_RANGE: Final = re.compile(r"now-\d{1,6}[smhdw]")
_UNKNOWN_VALUES: Final = "the file does not hold the values of the variable, and no query filters by it."
_WITHOUT_METRICS: Final = ("dashlist", "alertlist", "news", "annolist", "welcome", "gettingstarted", "pluginlist")


class Result(StrEnum):
    """What became of a panel."""

    KEPT = "kept"
    CHANGED = "changed"  # its data are there, something else is different
    LOST = "lost"


@dataclass(frozen=True)
class PanelOutcome:
    """One panel of the dashboard; `reasons` say what is different or why it is lost."""

    title: str
    plugin: str
    result: Result
    reasons: tuple[str, ...] = ()
    has_metrics: bool = False
    panel: Panel | None = None
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Imported:
    """The board, None if no panel is left; `notes` concern the whole dashboard."""

    title: str
    board: Dashboard | None
    outcomes: tuple[PanelOutcome, ...]
    notes: tuple[str, ...]


def convert(
    source: SourceDashboard, used_ids: Collection[str] = (), boards: Mapping[str, str] = MappingProxyType({})
) -> Imported:
    """The board of a dashboard, with an id that is not used; `boards` are ids of others by those of their dashboards.

    Raises ImportRefused.
    """
    source = repeats.expanded(source)
    variables, known = Variables(source), _definition(source)
    outcomes = [_outcome(panel, variables.fixed(panel.values), known) for panel in source.panels]
    followed = links.convert(() if known.header else _links(source, variables), boards)
    outcomes = list(_numbered(outcomes))
    converted = [outcome for outcome in outcomes if outcome.panel is not None]
    notes = (*_notes(source, variables), *followed.notes)
    if not any(outcome.has_metrics or outcome.plugin == "text" for outcome in converted):
        return Imported(source.title, None, tuple(outcomes), notes)
    board = _board(source, converted, known.header, used_ids)
    if followed.markdown and len(board.panels) < MOST_PANELS:
        board = replace(board, panels=(*board.panels, _link_panel(followed.markdown, board.panels)))
    if wrong := next(problems(board), None):
        raise ImportRefused(wrong.sentence)
    return Imported(source.title, board, tuple(outcomes), notes)


def _links(source: SourceDashboard, variables: Variables) -> Iterator[SourceLink]:
    """Links of the dashboard, then those of its panels with the panel's title before them."""
    yield from source.links
    for panel in source.panels:
        labels = _labels_of_variables(panel, variables)
        for link in (*panel.links, *(link for link in panel.data_links if links.of_value(link, labels) is None)):
            title = f"{panel.title}: {link.title or link.url}" if panel.title and "$" not in panel.title else link.title
            yield replace(link, title=title)


def _link_panel(markdown: str, others: Sequence[Panel]) -> Panel:
    """The links below the other panels, since a board has no links of its own."""
    panel_id = layout.slug("Links", [panel.id for panel in others])
    return Panel(id=panel_id, title="Links", view=Text(markdown), span=12, rows=3)


def board_id(source: SourceDashboard, used_ids: Collection[str]) -> str:
    """The id of a dashboard's board."""
    return text(_definition(source).header.get("id"), 80) or _board_id(source.title, used_ids)


def _definition(source: SourceDashboard) -> Definition:
    """What the dashboard was exported from, if it was exported from here."""
    values = [variable.query for variable in source.variables if variable.name == definition.VARIABLE]
    return definition.read(values[0]) if values else Definition()


def _board(
    source: SourceDashboard, converted: Sequence[PanelOutcome], header: Json, used_ids: Collection[str]
) -> Dashboard:
    panels = tuple(outcome.panel for outcome in converted if outcome.panel is not None)
    used = (label for outcome in converted for label in outcome.filters)
    filters = tuple(dict.fromkeys((*texts(header.get("filters")), *used)))
    if not header:
        panels = layout.filled(panels)
    return Dashboard(
        id=board_id(source, used_ids),
        title=source.title or "Imported board",
        question=text(header.get("question")) or _question(source),
        panels=panels,
        filters=filters,
        short=text(header.get("short"), 40),
        refresh=source.refresh if source.refresh in REFRESH_INTERVALS and source.refresh else _USUAL_REFRESH,
        single=texts(header.get("single")) or tuple(_single(source, filters)),
        range=source.since if _RANGE.fullmatch(source.since) else "now-1h",
    )


def _single(source: SourceDashboard, filters: Sequence[str]) -> Iterator[str]:
    """The labels of variables that have exactly one value, in their order: one can depend on those before it."""
    variables = Variables(source)
    labels: dict[str, str] = {}
    for panel in source.panels:
        for target in panel.targets:
            labels = {**variables.label_of(target.expr), **labels}
    for variable in source.variables:
        is_single = variable.kind == "query" and not variable.is_multi and not variable.has_all
        if is_single and labels.get(variable.name) in filters:
            yield labels[variable.name]


def _question(source: SourceDashboard) -> str:
    return source.description.partition("\n")[0][:300]


def _board_id(title: str, used_ids: Collection[str]) -> str:
    """An id that hides neither another page nor a board that is built in."""
    return layout.slug(title, (*used_ids, *BOARDS, *RESERVED_PAGES), "imported")


def _outcome(panel: SourcePanel, variables: Variables, known: Definition) -> PanelOutcome:
    title = variables.title(panel.title, panel.repeated)
    plain_title = title.text or panel.title or "(no title)"
    has_metrics = queries.has_metrics(panel)
    if panel.is_library:
        reason = (
            "It is a library panel, whose content is not in the file: export the dashboard with its library panels."
        )
        return PanelOutcome(plain_title, panel.plugin, Result.LOST, (reason,), has_metrics=True)
    try:
        outcome = _converted(panel, variables, known)
    except CannotConvert as reason:
        return PanelOutcome(plain_title, panel.plugin, Result.LOST, (str(reason),), has_metrics)
    assert outcome.panel is not None
    board = Dashboard("imported", "", "", (outcome.panel,), filters=outcome.filters or _labels(outcome.panel))
    if wrong := tuple(problem.sentence for problem in problems(board)):
        return replace(outcome, result=Result.LOST, reasons=wrong, panel=None)
    return outcome


def _labels(panel: Panel) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for query in panel.queries for label in labels_filtered(query.expr)))


def _converted(panel: SourcePanel, variables: Variables, known: Definition) -> PanelOutcome:
    """The panel as it was exported from here, or else as it can be read. Raises CannotConvert."""
    pairs = [(target.expr, target.legend) for target in panel.targets]
    fingerprint = definition.fingerprint_of(panel.title, panel.description, panel.plugin, pairs, panel.defaults)
    original = known.panels.get(fingerprint)
    if original is not None:
        has_metrics = bool(original.queries)
        return PanelOutcome(panel.title, panel.plugin, Result.KEPT, (), has_metrics, original, _labels(original))
    if panel.plugin in ("row", "text"):
        return _without_data(panel, variables)
    if panel.plugin in _WITHOUT_METRICS:
        raise CannotConvert("It lists things of Grafana and has no data.")
    return _with_data(panel, variables)


def _without_data(panel: SourcePanel, variables: Variables) -> PanelOutcome:
    title = variables.title(panel.title, panel.repeated)
    repeat = panel.repeated.get(panel.repeat, "")
    if panel.plugin == "row":
        is_lost = panel.repeat and not repeat
        reasons = (*title.notes, *((f"It is not repeated: {_UNKNOWN_VALUES}",) if is_lost else ()))
        row = Panel(id="row", title=title.text or "Panels", view=Row(), span=12, rows=1, repeat=repeat)
        return replace(_panel_outcome(panel, row, reasons), filters=(repeat,) if repeat else ())
    content = text(panel.options.get("content"))
    reasons = title.notes
    if text(panel.options.get("mode")) == "html":
        reasons = (*reasons, "HTML is shown as text.")
    span, rows = layout.span_of(panel.width, 3), layout.rows_of(panel.height, Text(""))
    return _panel_outcome(
        panel, Panel(id="text", title=title.text or "Text", view=Text(content), span=span, rows=rows), reasons
    )


def _with_data(panel: SourcePanel, variables: Variables) -> PanelOutcome:
    converted_queries = queries.convert(panel, variables)
    if not converted_queries.items:
        reasons = converted_queries.missing or ("It has no query.",)
        raise CannotConvert(" ".join(reasons))
    calculated = calculations.calculate(panel, converted_queries)
    labels = _labels_of_variables(panel, variables)
    drawn = views.convert(panel, calculated.queries, calculated.applied, labels)
    title = variables.title(panel.title, panel.repeated)
    repeat = panel.repeated.get(panel.repeat, "")
    least = views.least_span(drawn.view, drawn.queries)
    converted = Panel(
        id="panel",
        title=title.text or drawn.queries[0].legend or "Values",
        unit=drawn.unit,
        view=drawn.view,
        queries=drawn.queries,
        description=variables.title(panel.description).text if "$" in panel.description else panel.description,
        span=layout.span_of(panel.width, least),
        rows=layout.rows_of(panel.height, drawn.view),
        repeat=repeat if repeat in converted_queries.filters else "",
        links=_links_of_values(panel, labels, drawn.view),
    )
    reasons = (*title.notes, *converted_queries.notes, *drawn.notes, *converted_queries.missing)
    reasons = (*reasons, *_rest(panel, calculated.applied, converted))
    return replace(_panel_outcome(panel, converted, reasons), filters=converted_queries.filters)


def _labels_of_variables(panel: SourcePanel, variables: Variables) -> Mapping[str, str]:
    """The labels that the panel's queries filter by, by the variables that give their values."""
    return {name: label for target in panel.targets for name, label in variables.label_of(target.expr).items()}


def _links_of_values(panel: SourcePanel, labels: Mapping[str, str], view: View) -> tuple[Link, ...]:
    """The links of all values, without those of single columns."""
    of_columns = {link for column in view.columns for link in column.links} if isinstance(view, Table) else set[Link]()
    return tuple(link for link in links.of_values(panel.data_links, labels) if link not in of_columns)


def _rest(panel: SourcePanel, applied: Sequence[str], converted: Panel) -> Iterator[str]:
    """What concerns every kind of panel."""
    if panel.repeat and not converted.repeat:
        yield f"It is not repeated, but has all series: {_UNKNOWN_VALUES}"
    if panel.time_from:
        yield f"Its own range, {panel.time_from[:20]}, is that of the board."
    if panel.plugin != "table":
        known = (*applied, *views.APPLIED.get(panel.plugin, ()))
        names = dict.fromkeys(text(step.get("id"), 40) for step in panel.transformations)
        if lost := ", ".join(name for name in names if name not in known):
            yield f"Transformations are not applied: {lost}."


def _panel_outcome(panel: SourcePanel, converted: Panel, reasons: tuple[str, ...]) -> PanelOutcome:
    unique = tuple(dict.fromkeys(reason for reason in reasons if reason))
    result = Result.CHANGED if unique else Result.KEPT
    return PanelOutcome(converted.title, panel.plugin, result, unique, bool(converted.queries), converted)


def _numbered(outcomes: Sequence[PanelOutcome]) -> Iterator[PanelOutcome]:
    """Ids of their own for the panels; those beyond the limit of a board are lost."""
    used_ids: set[str] = set()
    for outcome in outcomes:
        panel = outcome.panel
        if panel is None:
            yield outcome
        elif len(used_ids) >= MOST_PANELS:
            reason = f"A board has {MOST_PANELS} panels at most."
            yield replace(outcome, result=Result.LOST, reasons=(reason,), panel=None)
        else:
            is_known = panel.id not in ("panel", "row", "text") and panel.id not in used_ids
            panel_id = panel.id if is_known else layout.slug(panel.title, used_ids)
            used_ids.add(panel_id)
            yield replace(outcome, panel=replace(panel, id=panel_id))


def _notes(source: SourceDashboard, variables: Variables) -> Iterator[str]:
    yield from variables.problems()
    if any(variable.kind in ("adhoc", "groupby") for variable in source.variables):
        yield "Ad hoc filters are left out."
    if source.refresh and source.refresh not in REFRESH_INTERVALS:
        yield f"It is refreshed every {_USUAL_REFRESH} and not every {source.refresh[:20]}."
    if source.since and not _RANGE.fullmatch(source.since):
        yield f"It starts with the last hour and not with {source.since[:40]}."
