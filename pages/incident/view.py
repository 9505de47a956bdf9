"""The page of the incident report: links and the form for notes, then the report, which is also the exported file."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.changes import words
from pages.changes.load import Metrics
from pages.changes.patterns import PatternChange
from pages.changes.query import ChangesQuery
from pages.incident import charts
from pages.incident.load import IncidentModel
from pages.incident.timeline import Entry, entries
from pages.page import PageContent
from pages.page_parts import PageParts
from pages.page_url import PageUrl
from pages.store_call import Late, StoreResult
from panels import units
from panels.markup import join, tag
from panels.spec import Unit
from panels.themes import Theme
from queries.search.results import NANO

PARTS: Final = ("form", "report")
CHARTS: Final = 6
PATTERNS: Final = 10
LATE_SECONDS: Final = 2.0
MAX_AGE: Final = 10.0
NOTE_LENGTH: Final = 2_000
EXPORT: Final = "/api/incident/export"


def view(query: ChangesQuery, model: IncidentModel) -> PageContent:
    """Both parts; sources that failed are named in the report."""
    parts = PageParts()
    parts.html["form"] = join([form(query.url), _note_form(query, model)])
    parts.add("report", lambda: report(query, model))
    return PageContent(parts.html, LATE_SECONDS if model.is_late else MAX_AGE, "Incident report", parts.errors)


def form(url: PageUrl) -> Markup:
    """The links of the page."""
    export = tag("a", "Save as a file", href=url.to_page(EXPORT), download="", class_="button")
    links = [
        ui.link(url.to_page("/changes"), "What changed?", class_="button"),
        ui.link(url.to_page("/traces", status="error"), "Failing traces", class_="button"),
        ui.link(url.to_page("/logs"), "Logs", class_="button"),
        ui.link("/alerts", "Alerts", class_="button"),
    ]
    return tag("p", export, *links, class_="ways")


def _note_form(query: ChangesQuery, model: IncidentModel) -> Markup:
    if model.notes is None:
        text = "Notes need the alert history; the operator sets CODEAGENT_ALERT_STORE_URL."
        return tag("p", text, class_="notes")
    area = tag("textarea", "", name="text", rows="2", required="", maxlength=str(NOTE_LENGTH))
    fields = (
        tag("label", "Note", area, class_="wide-field"),
        tag("label", "Time", tag("input", type="datetime-local", name="time", step="1")),
        tag("label", "Your name", tag("input", name="user", maxlength="100", autocomplete="name")),
        tag("button", "Add note", type="submit", class_="primary"),
        tag("p", "", class_="note-error bad", role="alert"),
    )
    end = query.window.end_ns // NANO
    content = tag("form", *fields, class_="note-form", data_note="", data_end=end)
    return tag("details", tag("summary", "Add a note"), content, class_="add-note")


def report(query: ChangesQuery, model: IncidentModel, theme: Theme | None = None) -> Markup:
    """The report without links or scripts. With a theme the colours of the charts are fixed."""
    end = query.window.end_ns / NANO
    rows = entries(model, end)
    metrics = model.changes.metrics.value
    sections = [
        _head(query, rows, metrics),
        _section("Timeline", _timeline(rows), _failures(model)),
        _section("What changed", _changes(metrics)),
        _section("Key charts", _charts(model, metrics, theme)),
        _section("Log patterns", _patterns(model.changes.patterns)),
    ]
    return tag("article", *sections, class_="incident-report")


def _section(title: str, *content: Markup) -> Markup:
    return tag("section", tag("h2", title), *content)


def _head(query: ChangesQuery, rows: tuple[Entry, ...], metrics: Metrics | None) -> Markup:
    start, end = query.window.start_ns, query.window.end_ns
    seconds = units.write((end - start) / 1e6, Unit.MILLISECONDS)
    span = tag("p", ui.moment(start), " to ", ui.moment(end), f" ({seconds})", class_="span")
    return tag("header", tag("h1", "Incident report"), span, tag("p", _summary(rows, metrics), class_="lead"))


def _summary(rows: tuple[Entry, ...], metrics: Metrics | None) -> str:
    """What happened, in a sentence."""
    fired = len({row.text for row in rows if row.kind == "alert" and row.tone == "bad"})
    counts = [
        (fired, "alert fired", "alerts fired"),
        (sum(row.kind == "mark" for row in rows), "mark", "marks"),
        (sum(row.kind == "restart" for row in rows), "restart", "restarts"),
        (sum(row.kind == "note" for row in rows), "note", "notes"),
    ]
    listed = [f"{count} {singular if count == 1 else plural}" for count, singular, plural in counts if count]
    sentence = ", ".join(listed) + "." if listed else "No alert, mark, restart or note."
    if metrics is None or not metrics.hypotheses:
        return sentence
    first = metrics.hypotheses[0]
    return f"{sentence} Likeliest cause: {words.place(first)}: {words.about_part(first.facts[0], first)}."


def _timeline(rows: tuple[Entry, ...]) -> Markup:
    if not rows:
        return ui.empty_state("Nothing is known about this time.")
    return tag("ol", *(_row(row) for row in rows), class_="timeline")


def _row(row: Entry) -> Markup:
    detail = tag("span", row.detail, class_="quiet") if row.detail else ui.EMPTY
    instant = ui.moment(int(row.instant * NANO))
    return tag(
        "li",
        instant,
        tag("span", row.kind, class_="kind"),
        tag("div", tag("span", row.text, class_="what"), detail),
        class_=row.tone or None,
    )


def _failures(model: IncidentModel) -> Markup:
    """Sources without an answer, so that an empty report is not taken for a quiet time."""
    results = (model.firings, model.records, model.notes, model.changes.metrics, model.changes.patterns)
    errors = [result.error for result in results if result is not None and result.error is not None]
    sentences = [error.sentence for error in errors if not isinstance(error, Late)]
    if model.records is None:
        sentences.append("Acknowledgements and notifications are not known: no alert history is set up.")
    if model.is_late:
        sentences.append("Some answers are on their way.")
    again = round(1_000 * LATE_SECONDS) if model.is_late else None
    return tag("p", " ".join(dict.fromkeys(sentences)), class_="notes", data_again=again) if sentences else ui.EMPTY


def _changes(metrics: Metrics | None) -> Markup:
    if metrics is None or not metrics.hypotheses:
        return _nothing(metrics, "Nothing got worse beyond its usual variation.")
    items = []
    for hypothesis in metrics.hypotheses:
        facts = [words.about_part(fact, hypothesis) for fact in hypothesis.facts[:3]]
        onset = ui.moment(hypothesis.onset * NANO)
        more = [tag("li", fact) for fact in facts[1:]]
        more += [tag("li", "explains ", words.consequence(fact)) for fact in hypothesis.consequences[:3]]
        title = tag("p", tag("b", words.place(hypothesis)), ": ", facts[0], " since ", onset)
        items.append(tag("li", title, tag("ul", *more) if more else ui.EMPTY))
    return tag("ol", *items, class_="causes")


def _nothing(metrics: Metrics | None, sentence: str) -> Markup:
    """An empty list; one that still misses answers is not called empty."""
    return ui.empty_state("Still comparing…" if metrics is None or metrics.late else sentence)


def _charts(model: IncidentModel, metrics: Metrics | None, theme: Theme | None) -> Markup:
    if metrics is None or not metrics.panels:
        return _nothing(metrics, "No panel changed beyond its usual variation.")
    drawn = [charts.chart(change, model.changes.marks, theme) for change in charts.key_changes(metrics, CHARTS)]
    return tag("div", *drawn, class_="charts")


def _patterns(result: StoreResult[tuple[PatternChange, ...]] | None) -> Markup:
    if result is not None and isinstance(result.error, Late):
        return ui.empty_state("Still comparing…")
    if result is not None and result.error is not None:
        return ui.error_message(result.error.sentence, result.error.hint)
    changes = (result.value or ())[:PATTERNS] if result is not None else ()
    if not changes:
        return ui.empty_state("No log pattern is new or multiplied.")
    return tag("ul", *(_pattern(change) for change in changes), class_="patterns")


def _pattern(change: PatternChange) -> Markup:
    before = "new" if change.is_new else f"{units.count(change.expected)} before"
    text = f"{change.pattern.count:,} lines, {before} · {', '.join(sorted(change.pattern.by_level))}"
    return tag("li", tag("code", change.pattern.template), " ", tag("span", text, class_="quiet"))
