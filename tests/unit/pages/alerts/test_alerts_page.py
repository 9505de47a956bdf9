"""The alerts page: alerts by state, filters, the open rule with its history, rules, silences, and lost sources."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from math import nan
from typing import Any, cast

import numpy as np
import pytest

from pages.alerts.page import PAGE
from pages.alerts.source import Course, RuleRecords
from pages.page import PageContent
from pages.page_url import parse_url
from pages.session import Session
from queries.alerts.history import Firing
from queries.alerts.records import Acknowledgement, Delivery, Outcome, RecordedAlert, UserStep
from queries.alerts.silence_changes import ChangeKind, SilenceChange
from queries.alerts.types import Alert, AlertOverview, Matcher, Reading, Rule, RuleAlert, Silence, State
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, QueryError, SourceUnavailable
from queries.stores.query_cache import PartialResultTracker

NOW = 1_700_000_000.0
NOTES = {
    "headline": "11 % of requests fail",
    "value": "11 %",
    "threshold": "5 %",
    "where": "/v1/chat 30 %",
    "dashboard": "/api-performance?from=now-1h",
    "traces": "/traces?status=error",
    "runbook": "/runbooks/error-burst",
}
THREADS = ThreadPoolExecutor(2)


def alert(rule: str = "ErrorBurst", state: State = State.FIRING, **labels: str) -> Alert:
    return Alert(rule, {"alertname": rule, "severity": "critical", **labels}, NOTES, state, NOW - 300, 11.0)


def rule(name: str = "ErrorBurst", health: str = "ok", error: str = "", **labels: str) -> Rule:
    return Rule(name, "api", "x > 5", 60, {"severity": "critical", **labels}, NOTES, health, error, NOW - 5)


@dataclass
class Source:
    """A source that answers as it is told."""

    alerts: tuple[Alert, ...] = ()
    rules: tuple[Rule, ...] = (rule(),)
    silences: tuple[Silence, ...] = ()
    readings: tuple[Reading, ...] = (Reading("Prometheus", NOW),)
    history: tuple[Firing, ...] = ()
    error: QueryError | None = None
    course: Course | None = None
    known: RuleRecords | QueryError = field(default_factory=RuleRecords)

    def records(self, rule: str, days: int) -> RuleRecords:
        if isinstance(self.known, QueryError):
            raise self.known
        return self.known

    handled: tuple[RecordedAlert, ...] = ()

    def acknowledged(self, days: int) -> tuple[RecordedAlert, ...]:
        return self.handled

    def overview(self) -> AlertOverview:
        return AlertOverview(self.alerts, self.rules, self.silences, self.readings, has_alertmanager=True)

    def firings(self, days: int, deadline: Deadline, rule: str = "") -> tuple[Firing, ...]:
        if self.error:
            raise self.error
        return self.history

    def courses(
        self, alerts: Sequence[tuple[Rule, Alert]], hours: float, deadline: Deadline
    ) -> tuple[Course | None, ...]:
        return tuple(self.course for _ in alerts)


def page(source: Source | None, **parameters: str) -> PageContent:
    url = parse_url("/alerts", {name: [value] for name, value in parameters.items()}, NOW)
    tracker = cast("PartialResultTracker", None)
    return PAGE.render(url, Session(Deadline.after(5), tracker, THREADS, alerts=source))


def test_an_alert_has_its_value_limit_age_place_and_links() -> None:
    html = page(Source((alert(environment="production"),))).parts["list"]

    for text in ("11 % of requests fail", "<b>11 %</b> limit 5 %", "/v1/chat 30 %", "environment <b>production</b>"):
        assert text in html
    for href in (
        f"/changes?from={int(NOW - 900) // 60 * 60}&amp;to={int(NOW) // 60 * 60}",
        "/api-performance?from=now-1h",
        "/traces?status=error",
        "/runbooks/error-burst?environment=production",
    ):
        assert f'href="{href}"' in html
    assert f'data-t="{int(NOW - 300) * 1000}"' in html


def test_alerts_are_grouped_by_state_the_most_urgent_first() -> None:
    states = tuple(State)
    html = page(Source(tuple(alert(state=state) for state in states))).parts["list"]

    places = [html.index(f"alerts-{state}") for state in states]
    assert places == sorted(places)


def test_an_alert_that_always_fires_is_not_listed() -> None:
    watchdog = replace(alert("Watchdog"), labels={"alertname": "Watchdog", "severity": "none"})

    assert "No alert fires." in page(Source((watchdog,))).parts["list"]


@pytest.mark.parametrize(
    ("parameters", "listed"),
    [
        ({"environment": "staging"}, ["staging"]),
        ({"q": "CHAT staging"}, ["staging"]),
        ({"state": "pending"}, ["production"]),
        ({"severity": "high"}, []),
        ({}, ["staging", "production"]),
    ],
)
def test_filters_narrow_the_list(parameters: dict[str, str], listed: list[str]) -> None:
    alerts = (alert(environment="staging"), alert(state=State.PENDING, environment="production"))
    html = page(Source(alerts), **parameters).parts["list"]

    assert [name for name in ("staging", "production") if f"<b>{name}</b>" in html] == listed


def test_a_filter_links_to_its_values_with_their_number_of_alerts() -> None:
    alerts = (alert(environment="staging"), alert(environment="staging"), alert(environment="production"))
    html = page(Source(alerts)).parts["form"]

    assert 'href="/alerts?environment=staging"' in html
    assert "<small>2</small>" in html


def test_the_search_is_sent_by_the_script_and_keeps_the_filters() -> None:
    html = page(Source(), team="backend", q="chat").parts["form"]

    assert '<form class="search" data-explore="" role="search">' in html
    assert '<input type="hidden" name="team" value="backend">' in html


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Choose one of: firing, pending, acknowledged, silenced, inhibited"):
        page(Source(), state="burning")


def test_names_are_text() -> None:
    html = "".join(page(Source((alert(environment="<script>"),))).parts.values())

    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_open_rule_has_its_expression_and_history() -> None:
    firing = Firing("ErrorBurst", {"alertname": "ErrorBurst", "environment": "production"}, NOW - 7_200, NOW - 6_900)
    detail = page(Source(history=(firing,)), rule="ErrorBurst").parts["detail"]

    assert "x &gt; 5" in detail
    assert "Fired 1 time, 0.2 a week, for 5 min in total; 1 ended by itself within 10 minutes." in detail
    assert "environment production" in detail


def test_the_open_rule_shows_the_value_over_time_with_its_limit() -> None:
    times = np.arange(int(NOW) - 3_600, int(NOW), 60, dtype=np.int64)
    course = Course(times, np.linspace(0.0, 10.0, times.size), 5.0, ">")
    firing = RuleAlert(alert().labels, NOTES, True, NOW - 300, 11.0)
    source = Source((alert(),), (replace(rule(), alerts=(firing,)),), course=course)

    assert "alert-chart" in page(source, rule="ErrorBurst").parts["detail"]
    assert "spark-limit" in page(source).parts["list"]


def test_a_rule_that_does_not_exist_is_named() -> None:
    assert "There is no rule of this name." in page(Source(), rule="Nothing").parts["detail"]


def test_a_rule_whose_twin_fires_has_no_data() -> None:
    firing = RuleAlert({}, {}, True, NOW, 1.0)
    twin = replace(rule("RuleWithoutData", rule="ErrorBurst"), alerts=(firing,))
    html = page(Source(rules=(rule(), twin))).parts["rules"]

    assert "no data" in html
    assert "RuleWithoutData" not in html


def test_a_rule_that_cannot_be_evaluated_comes_first_with_its_error() -> None:
    html = page(Source(rules=(rule("Fine"), rule("Broken", "err", "many-to-many matching")))).parts["rules"]

    assert html.index("Broken") < html.index("Fine")
    assert "many-to-many matching" in html


def test_without_a_history_the_rules_are_listed_with_the_reason() -> None:
    html = page(Source(error=SourceUnavailable("Prometheus", "Prometheus did not answer in time."))).parts["rules"]

    assert "The history is unknown: Prometheus did not answer in time." in html
    assert "ErrorBurst" in html


def test_a_source_that_is_away_is_named_with_the_age_of_what_is_shown() -> None:
    reading = Reading("Alertmanager", NOW - 600, "Alertmanager cannot be reached.")
    html = page(Source((alert(),), readings=(reading,))).parts["list"]

    assert "Alertmanager cannot be reached." in html
    assert f'data-t="{int(NOW - 600) * 1000}"' in html
    assert "11 % of requests fail" in html


def test_alerts_that_were_never_read_are_unknown_and_not_quiet() -> None:
    html = page(Source(rules=(), readings=(Reading("Prometheus", 0.0, "Prometheus cannot be reached."),))).parts["list"]

    assert "The alerts are unknown." in html
    assert "No alert fires" not in html


def test_active_silences_are_listed_with_what_they_match_and_who_made_them() -> None:
    matchers = (Matcher("alertname", "Error.*", is_regex=True), Matcher("environment", "staging", is_equal=False))
    silence = Silence("s1", matchers, NOW - 60, NOW + 3_600, "ana", "deployment", "active")
    silenced = replace(alert(state=State.SILENCED), silenced_by=("s1",))
    html = page(Source((silenced,), silences=(silence, replace(silence, id="s2", state="expired")))).parts["silences"]

    assert "alertname=~&#34;Error.*&#34;, environment!=&#34;staging&#34;" in html
    assert "<td>1</td>" in html
    assert html.count("deployment") == 1


def test_a_value_that_nobody_knows_is_no_error() -> None:
    foreign = replace(alert("Elsewhere"), value=nan)

    assert "11 % of requests fail" in page(Source((foreign,))).parts["list"]


def test_without_a_source_the_page_says_what_to_set() -> None:
    with pytest.raises(InvalidInput, match="does not know where alerts are"):
        page(None)


def record(*deliveries: Delivery, acknowledged: Acknowledgement | None = None, **more: Any) -> RecordedAlert:
    return RecordedAlert("id-1", alert().labels, NOW - 300, 0.0, acknowledged, deliveries, **more)


def test_a_firing_alert_of_the_history_can_be_acknowledged() -> None:
    html = page(Source((replace(alert(), record=record()),))).parts["list"]

    assert 'data-acknowledge="id-1"' in html
    assert "nobody was notified yet" in html


def test_an_alert_that_the_history_does_not_have_cannot_be_acknowledged() -> None:
    assert "data-acknowledge" not in page(Source((alert(),))).parts["list"]


def test_an_acknowledged_alert_says_by_whom_and_since_when_and_can_be_undone() -> None:
    known = record(acknowledged=Acknowledgement("ada", NOW - 720, "rolling back"))
    html = page(Source((replace(alert(state=State.ACKNOWLEDGED), record=known),))).parts["list"]

    assert "alerts-acknowledged" in html
    assert f'acknowledged by ada <time data-age="{int(NOW - 720) * 1000}">12 min ago</time>: rolling back' in html
    assert 'data-withdraw="id-1"' in html


def test_an_alert_says_which_channels_know_of_it() -> None:
    deliveries = (
        Delivery("slack", NOW - 240, "level 1", Outcome.FAILED, 1, "refused"),
        Delivery("slack", NOW - 180, "level 1", Outcome.SENT, 2),
        Delivery("sms", NOW - 60, "level 2", Outcome.FAILED, 1, "no credit"),
    )
    html = page(Source((replace(alert(), record=record(*deliveries)),))).parts["list"]

    assert "notified slack" in html
    assert "not notified sms" in html
    assert "not notified slack" not in html


def test_without_a_history_an_alert_says_where_alertmanager_routes_it() -> None:
    routed = replace(alert(), receivers=("pagerduty-and-slack",))

    assert "routed to pagerduty-and-slack" in page(Source((routed,))).parts["list"]


def test_the_open_rule_lists_notifications_acknowledgements_and_silences() -> None:
    steps = (UserStep("acknowledged", NOW - 100, "ada", "rolling back"),)
    sent = Delivery("slack", NOW - 200, "level 1", Outcome.FAILED, 2, "the service refused it")
    ours = SilenceChange(
        "s1", ChangeKind.EXTENDED, NOW - 50, NOW + 60, "grace", "deploy", (Matcher("severity", "critical"),)
    )
    other = replace(ours, silence="s2", actor="mallory", matchers=(Matcher("alertname", "Other"),))
    known = RuleRecords((record(sent, steps=steps),), (ours, other), has_history=True)
    html = page(Source((alert(),), known=known), rule="ErrorBurst").parts["detail"]

    for text in (
        "level 1",
        "failed, attempt 2: the service refused it",
        "ada",
        "rolling back",
        "silence extended",
        "grace",
    ):
        assert text in html
    assert "mallory" not in html


def test_a_history_that_cannot_be_read_leaves_the_rest_of_the_rule() -> None:
    lost = SourceUnavailable("The alert history", "The alert history cannot be used.")
    html = page(Source((alert(),), known=lost), rule="ErrorBurst").parts["detail"]

    assert "Notifications and silences are unknown: The alert history cannot be used." in html
    assert "x &gt; 5" in html


def test_alerts_that_ended_lately_are_listed() -> None:
    lately = Firing("ErrorBurst", {"alertname": "ErrorBurst", "environment": "staging"}, NOW - 7_200, NOW - 6_900)
    earlier = replace(lately, labels={"environment": "long-ago"}, start=NOW - 90_000, end=NOW - 80_000)
    html = page(Source(history=(lately, earlier))).parts["resolved"]

    assert "Resolved in the last 6 hours (1)" in html
    assert "environment staging" in html
    assert "long-ago" not in html


def test_an_alert_of_another_prometheus_has_no_rule_but_a_history() -> None:
    elsewhere = replace(alert("Elsewhere"), record=record())
    known = RuleRecords((record(Delivery("slack", NOW, "level 1", Outcome.SENT)),), has_history=True)
    html = page(Source((elsewhere,), known=known), rule="Elsewhere").parts["detail"]

    assert "There is no rule of this name." in html
    assert "level 1" in html
    assert 'data-acknowledge="id-1"' in html


def test_the_share_that_ended_by_itself_leaves_out_what_somebody_acknowledged() -> None:
    firings = tuple(
        Firing("ErrorBurst", {"alertname": "ErrorBurst", "environment": name}, NOW - 7_200, NOW - 6_900)
        for name in ("production", "staging")
    )
    handled = RecordedAlert("id-1", {**firings[0].labels, "severity": "critical"}, NOW - 7_190, NOW - 6_890)

    assert "<td>100 %</td>" in page(Source(history=firings)).parts["rules"]
    assert "<td>50 %</td>" in page(Source(history=firings, handled=(handled,))).parts["rules"]
