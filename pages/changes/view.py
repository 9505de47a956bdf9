"""The page “What changed?”: hypotheses, panels by their change, log patterns, traces, events."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages import differences
from pages.changes import words
from pages.changes.load import LISTED, ChangesModel, Metrics, PanelChange
from pages.changes.patterns import PatternChange
from pages.changes.query import BASELINES, ChangesQuery
from pages.page import PageContent
from pages.page_parts import PageParts
from pages.page_url import PageUrl
from pages.store_call import Late, StoreResult
from panels import units
from panels.markup import join, tag
from panels.series import name_of
from panels.spec import Query
from queries.causes.hypotheses import Hypothesis
from queries.causes.ranking import Change
from queries.metrics.alerts import FiringAlert
from queries.search.results import NANO, SignificantValues

CONSEQUENCES: Final = 3
FACTS: Final = 3
PATTERNS: Final = 8
LATE_SECONDS: Final = 2.0  # until a page with late answers is requested again
PARTS: Final = ("form", "hypotheses", "panels", "patterns", "traces", "events")


def view(query: ChangesQuery, model: ChangesModel) -> PageContent:
    """All parts; the part of a source that failed shows its error."""
    parts = PageParts()
    parts.html["form"] = form(query.url)
    parts.add("hypotheses", lambda: _hypotheses(query, model.metrics.get()), "What may be the cause")
    parts.add("panels", lambda: _panels(query, model.metrics.get()), "Panels by change")
    parts.add("patterns", lambda: _patterns(query, model.patterns), "Log patterns")
    parts.add("traces", lambda: _traces(query, model), "Traces")
    parts.add("events", lambda: _events(query, model), "Near in time")
    max_age = LATE_SECONDS if model.is_late else max(20.0, query.url.max_age)
    return PageContent(parts.html, max_age, "What changed?", parts.errors)


def form(url: PageUrl) -> Markup:
    """The choice of the baseline."""
    chosen = url.value("baseline", "before")
    links = [_baseline(url, name, title, chosen) for name, title in BASELINES]
    links.append(ui.link(url.to_page("/incident"), "Incident report", class_="button"))
    return ui.section("What changed?", tag("p", "Compared with ", *links, class_="ways"), class_="changes-form")


def _baseline(url: PageUrl, name: str, title: str, chosen: str) -> Markup:
    href = url.href(baseline="" if name == "before" else name)
    return ui.link(href, title, class_="button on" if name == chosen else "button")


def _hypotheses(query: ChangesQuery, metrics: Metrics) -> Markup:
    if not metrics.hypotheses:
        sentence = "Nothing got worse beyond its usual variation." if not metrics.late else "Still comparing…"
        content = ui.empty_state(sentence, "Choose another range or baseline.")
    else:
        content = tag("ol", *(_hypothesis(query, h) for h in metrics.hypotheses), class_="hypotheses")
    return ui.section("What may be the cause", content, _left_out(metrics))


def _left_out(metrics: Metrics) -> Markup:
    """What could not be compared."""
    late = f"{metrics.late} answers are on their way." if metrics.late else ""
    text = " ".join(sentence for sentence in (late, *metrics.failed[:3]) if sentence)
    again = round(1_000 * LATE_SECONDS) if late else None
    return tag("p", text, class_="notes partial", data_again=again) if text else ui.EMPTY


def _on_its_way() -> Markup:
    """In place of a part that is late; the page asks again."""
    return tag("p", "Still comparing…", class_="notes partial", data_again=round(1_000 * LATE_SECONDS))


def _hypothesis(query: ChangesQuery, hypothesis: Hypothesis) -> Markup:
    facts = [words.about_part(fact, hypothesis) for fact in hypothesis.facts[:FACTS]]
    same = words.unchanged(hypothesis)
    title = tag(
        "p",
        tag("b", words.place(hypothesis)),
        ": ",
        facts[0],
        " since ",
        ui.moment(hypothesis.onset * NANO),
        f"; {same}" if same else "",
        class_="hypothesis",
    )
    more = [tag("li", fact) for fact in facts[1:]]
    more += [tag("li", "explains ", words.consequence(fact)) for fact in hypothesis.consequences[:CONSEQUENCES]]
    if hypothesis.is_consequence:
        more.append(tag("li", "Another hypothesis explains this."))
    listed = tag("ul", *more) if more else ui.EMPTY
    return tag("li", title, listed, _evidence(query, hypothesis))


def _evidence(query: ChangesQuery, hypothesis: Hypothesis) -> Markup:
    """Links to the board, and to traces and logs of the time."""
    url, fact = query.url, hypothesis.facts[0]
    filters = {hypothesis.label: hypothesis.value} if hypothesis.value and fact.signal.label else {}
    links = [ui.link(url.to_page(fact.signal.href, **filters), "Board", class_="button")] if fact.signal.href else []
    links.append(ui.link(url.to_page("/traces", status="error", **filters), "Failing traces", class_="button"))
    links.append(ui.link(url.to_page("/logs"), "Logs", class_="button"))
    return tag("p", *links, class_="ways")


def _panels(query: ChangesQuery, metrics: Metrics) -> Markup:
    if not metrics.panels:
        sentence = "Still comparing…" if metrics.late else "No panel changed beyond its usual variation."
        return ui.section("Panels by change", ui.empty_state(sentence))
    numbers = (tag("th", word, class_="t-number") for word in ("Before", "Now", "Change"))
    head = tag("tr", tag("th", "Panel"), *numbers)
    rows = [_panel_row(query, change) for change in metrics.panels[:LISTED]]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="t plain")
    left = len(metrics.panels) - LISTED
    note = tag("p", f"and {left} more with smaller changes", class_="notes") if left > 0 else ui.EMPTY
    return ui.section("Panels by change", tag("div", table, class_="wide", tabindex=0), note)


def _panel_row(query: ChangesQuery, change: PanelChange) -> Markup:
    panel, numbers = change.query, change.change
    series = name_of(Query(panel.template, panel.legend), change.labels, "")
    link = ui.link(query.url.to_page(panel.path) + f"#panel-{panel.panel}", panel.title)
    name = tag("td", link, " ", tag("span", " · ".join(text for text in (series, panel.board) if text), class_="quiet"))
    values = (units.write(numbers.before, panel.unit), units.write(numbers.now, panel.unit), _factor(numbers))
    return tag("tr", name, *(tag("td", value, class_="t-number") for value in values))


def _factor(change: Change) -> str:
    """“×4.1” or “÷2”; a ratio to zero is given in words."""
    if not change.before:
        return "from zero"
    if not change.now:
        return "to zero"
    return ("×" if change.ratio > 0 else "÷") + units.digits(2 ** abs(change.ratio), 2)


def _patterns(query: ChangesQuery, result: StoreResult[tuple[PatternChange, ...]] | None) -> Markup:
    if result is None:
        return ui.section("Log patterns", ui.empty_state("This app does not know where the logs are."))
    if isinstance(result.error, Late):
        return ui.section("Log patterns", _on_its_way())
    changes = result.get()
    if not changes:
        return ui.section("Log patterns", ui.empty_state("No pattern is new or multiplied."))
    rows = [_pattern_row(change) for change in changes[:PATTERNS]]
    more = ui.link(query.url.to_page("/logs", view="patterns"), "All patterns", class_="button")
    return ui.section("Log patterns", tag("ul", *rows, class_="changed-patterns"), more=more)


def _pattern_row(change: PatternChange) -> Markup:
    lines = f"{change.pattern.count:,} lines"
    text = f"new, {lines}" if change.is_new else f"{lines}, {units.count(change.expected)} before"
    levels = ", ".join(sorted(change.pattern.by_level))
    return tag("li", tag("code", change.pattern.template), " ", tag("span", f"{levels} · {text}", class_="quiet"))


def _traces(query: ChangesQuery, model: ChangesModel) -> Markup:
    there = PageUrl("/traces", query.url.now, {n: v for n, v in query.url.parameters.items() if n in ("from", "to")})
    results: tuple[tuple[str, StoreResult[SignificantValues | None] | None], ...] = (
        ("Failing spans against the others", model.failing),
        ("Failing spans against those before", model.failing_before),
        ("The slowest twentieth against the others", model.slow),
    )
    parts = [_significant_values(title, result, there) for title, result in results if result is not None]
    if not parts:
        return ui.section("Traces", ui.empty_state("This app does not know where the traces are."))
    return ui.section("Traces", *parts, class_="different")


def _significant_values(title: str, result: StoreResult[SignificantValues | None], there: PageUrl) -> Markup:
    if isinstance(result.error, Late):
        content = _on_its_way()
    elif result.error is not None:
        content = ui.error_message(result.error.sentence, result.error.hint)
    elif result.value is None:
        content = ui.empty_state("No spans match in this range.")
    else:
        content = differences.table(result.value, there)
    return join([tag("h3", title), content])


def _events(query: ChangesQuery, model: ChangesModel) -> Markup:
    """Marks and restarts of the window, and alerts that fire now and began in it, in time order."""
    start, end = query.window.start_ns / NANO, query.window.end_ns / NANO
    events: list[tuple[float, str]] = []
    notes = []
    if model.metrics.value is not None:
        events += [(restart.instant, f"{restart.name} started") for restart in model.metrics.value.restarts]
    events += [(mark.instant, f"mark: {mark.title}") for mark in model.marks]
    if model.alerts.error is not None:
        notes.append(f"Alerts are not known: {model.alerts.error.sentence}")
    events += [(alert.since, _alert_text(alert)) for alert in model.alerts.value or () if start <= alert.since <= end]
    rows = [tag("li", ui.moment(int(instant * NANO)), " ", text) for instant, text in sorted(events)]
    content = tag("ul", *rows) if rows else ui.empty_state("No mark, restart or firing alert began in this range.")
    return ui.section("Near in time", content, *(tag("p", note, class_="notes partial") for note in notes))


def _alert_text(alert: FiringAlert) -> str:
    return f"alert {alert.labels.get('alertname', '')}: {alert.annotations.get('summary', '')}".rstrip(": ")
