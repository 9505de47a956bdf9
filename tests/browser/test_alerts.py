"""The alerts page with a real Alertmanager on a phone: acknowledge, undo, silence with its preview, end the silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from app.factory import App, create_app
from app.settings import Settings
from tests.browser.conftest import ready, serving
from tests.browser.test_accessibility import violations
from tests.servers import ROOT, alertmanager, running

pytestmark = pytest.mark.browser

LABELS = {"alertname": "ErrorBurst", "severity": "critical", "environment": "production"}
NOTES = {"headline": "11 % of requests fail", "value": "11 %", "threshold": "5 %", "runbook": "/runbooks/error-burst"}


@pytest.fixture(scope="module")
def app(metrics_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with an alert history, over an Alertmanager in which one alert fires."""
    folder = tmp_path_factory.mktemp("alerts")
    with running(alertmanager(folder, ROOT / "alerts" / "alertmanager-demo.yml")) as server:
        body = [{"labels": LABELS, "annotations": NOTES}]
        requests.post(f"{server.url}/api/v2/alerts", json=body, timeout=5).raise_for_status()
        settings = Settings(
            prometheus_url=metrics_url, alertmanager_url=server.url, alert_store_url=f"sqlite:///{folder}/alerts.db"
        )
        yield create_app(settings)


@pytest.fixture(scope="module")
def url(app: App) -> Iterator[str]:
    """Its address, after the notifier has read the alert."""
    assert app.notifier is not None
    app.notifier.turn()
    with serving(app) as address:
        yield address


def name_typed(page: Page) -> None:
    """The viewer writes Ada when asked for a name."""
    page.on("dialog", lambda dialog: dialog.accept("Ada"))


def test_an_alert_is_acknowledged_with_one_thumb_and_that_can_be_undone(phone: Page, url: str) -> None:
    name_typed(phone)
    phone.goto(f"{url}/alerts")
    ready(phone, "alerts")
    button = phone.get_by_role("button", name="Acknowledge ErrorBurst")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44

    button.tap()
    expect(phone.locator(".alerts-acknowledged .who")).to_contain_text("acknowledged by Ada")
    expect(phone.locator(".alerts-acknowledged .who time")).to_have_text("0 s ago", timeout=1)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(phone) == []

    phone.get_by_role("button", name="Undo the acknowledgement of ErrorBurst").tap()
    expect(phone.locator(".alerts-firing .who")).not_to_contain_text("acknowledged")


def test_a_silence_is_previewed_created_and_ended_and_stays_in_the_history(phone: Page, url: str) -> None:
    name_typed(phone)
    phone.goto(f"{url}/alerts")
    ready(phone, "alerts")
    phone.get_by_text("Silence", exact=True).first.tap()
    expect(phone.locator(".silence-preview")).to_have_text("Matches 1 alert: 11 % of requests fail.")
    phone.fill('[data-silence] input[name="comment"]', "deployment")
    phone.fill('[data-silence] input[name="user"]', "Grace")
    assert violations(phone) == []

    phone.locator("[data-silence] button").tap()
    expect(phone.locator(".alerts-silenced")).to_contain_text("11 % of requests fail")
    phone.get_by_role("button", name="End now").tap()
    expect(phone.locator(".alerts-firing")).to_contain_text("11 % of requests fail")

    phone.locator(".alert-open").tap()
    rows = phone.locator(".alert-detail .rows tbody tr")
    expect(rows.filter(has_text="silence ended")).to_contain_text("Grace")
    expect(rows.filter(has_text="deployment").last).to_contain_text("Grace")
    expect(rows.filter(has_text="acknowledgement withdrawn")).to_contain_text("Ada")
    assert violations(phone) == []


def test_nobody_types_a_name_that_the_proxy_tells(desktop: Page, metrics_url: str, tmp_path: Path) -> None:
    with running(alertmanager(tmp_path, ROOT / "alerts" / "alertmanager-demo.yml")) as server:
        body = [{"labels": LABELS, "annotations": NOTES}]
        requests.post(f"{server.url}/api/v2/alerts", json=body, timeout=5).raise_for_status()
        settings = Settings(prometheus_url=metrics_url, alertmanager_url=server.url, user_header="X-User")
        with serving(create_app(settings)) as address:
            desktop.set_extra_http_headers({"X-User": "Grace"})
            desktop.goto(f"{address}/alerts")
            ready(desktop, "alerts")
            desktop.get_by_text("Silence", exact=True).first.click()
            expect(desktop.locator('[data-silence] input[name="user"]')).to_be_hidden()
            desktop.fill('[data-silence] input[name="comment"]', "deployment")
            desktop.locator("[data-silence] button").click()

            desktop.get_by_role("button", name="+ 1 hour").click()  # a question for a name would fail the test
            expect(desktop.locator("main")).to_contain_text("Grace")
            desktop.goto("about:blank")  # it would ask a server that is gone
