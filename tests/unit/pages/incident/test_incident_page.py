"""The incident report: one timeline of all sources, without links or scripts, and honest about missing answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from prometheus_client import CollectorRegistry

from pages.incident.page import PAGE, render
from pages.metric_reader import Answered
from pages.page_url import PageUrl, parse_url
from pages.session import Session, Stores
from queries.alerts.records import AlertRecord, Note
from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.frame import EMPTY, Frame
from queries.metrics.stats import Stats
from queries.stores.query_cache import QueryCache
from tests.unit.pages.changes.test_page import FROM, NOW, TO, Reader

STARTED = NOW - 1_200.0
AWAY = SourceUnavailable("The alert history", "The alert history cannot be used.", "Check it.")


@dataclass
class MetricsWithFirings(Reader):
    """The metrics of “What changed?”, and alerts of two rules that fired."""

    def frames(self, windowed: Sequence[tuple[str, Window]], deadline: Deadline) -> list[Answered]:
        """The firings for the series ALERTS."""
        if "ALERTS" not in windowed[0][0]:
            return super().frames(windowed, deadline)
        times = windowed[0][1].times()
        fired = np.where((times > STARTED) & (times <= NOW - 600), 4.0, np.nan)
        labels = tuple({"alertname": name, "severity": "high"} for name in ("ProviderErrors", "DiskFilling"))
        return [Frame(times, (*labels, {"alertname": "Watchdog", "severity": "none"}), np.tile(fired, (3, 1)))]


@dataclass
class Records:
    """A history that knows one of the alerts, and a note."""

    error: SourceUnavailable | None = None

    def alerts(self, start: float, end: float) -> tuple[AlertRecord, ...]:
        """Firing and acknowledged."""
        if self.error:
            raise self.error
        base = ("ProviderErrors", "high", "Calls fail")
        return (
            AlertRecord(STARTED, "firing", *base, "prometheus", "", STARTED, NOW - 600),
            AlertRecord(STARTED + 60, "acknowledged", *base, "Ada", "on it", STARTED, NOW - 600),
            AlertRecord(STARTED + 90, "acknowledgement withdrawn", *base, "Grace", "", STARTED, NOW - 600),
        )

    def notes(self, start: float, end: float) -> tuple[Note, ...]:
        """One about the middle of the window."""
        return (Note(NOW - 900.0, "Ada", "Rolled <b>back</b>", NOW),)


def url() -> PageUrl:
    return parse_url(PAGE.path, {"from": [str(FROM)], "to": [str(TO)]}, NOW)


def session(reader: Reader, records: Records | None) -> Session:
    cache = QueryCache(Stats(CollectorRegistry()))
    return Stores(cache, seconds=30.0, metrics=reader, incidents=records).session()


def report(records: Records | None) -> str:
    return str(render(url(), session(MetricsWithFirings(), records)).parts["report"])


def test_the_timeline_has_alerts_marks_acknowledgements_changes_and_notes_in_the_order_of_time() -> None:
    html = report(Records())

    acknowledged = ("ProviderErrors is acknowledged by Ada", "ProviderErrors is no longer acknowledged by Grace")
    texts = ("gateway 2.4.1", "ProviderErrors fires", *acknowledged, "Rolled")
    places = [html.index(text) for text in texts]
    assert places == sorted(places)
    assert "Provider anthropic" in html


def test_an_alert_of_the_history_is_not_repeated_from_prometheus() -> None:
    html = report(Records())

    assert html.count("ProviderErrors fires") == 1
    assert html.count("DiskFilling fires") == 1
    assert "Watchdog" not in html


def test_without_a_history_prometheus_alerts_are_there_and_the_report_says_what_is_missing() -> None:
    html = report(None)

    assert html.count("ProviderErrors fires") == 1
    assert "Acknowledgements and notifications are not known" in html


def test_a_history_that_cannot_be_read_is_named_and_the_rest_is_there() -> None:
    html = report(Records(AWAY))

    assert "The alert history cannot be used." in html
    assert "gateway 2.4.1" in html


def test_texts_are_escaped_and_the_report_has_no_links_or_scripts() -> None:
    html = report(Records())

    assert "Rolled &lt;b&gt;back&lt;/b&gt;" in html
    assert "<a " not in html
    assert "<script" not in html


def test_charts_are_pictures_in_the_page() -> None:
    assert report(Records()).count("<svg") >= 1


def test_a_quiet_time_without_answers_is_not_called_normal() -> None:
    reader = MetricsWithFirings(failing="", answer=AWAY)
    html = str(render(url(), session(reader, Records(AWAY))).parts["report"])

    assert "Prometheus" in html or "cannot be used" in html


def test_frames_without_series_are_an_empty_list() -> None:
    assert "DiskFilling" not in str(render(url(), session(Reader(answer=EMPTY), None)).parts["report"])
