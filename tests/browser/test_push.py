"""Notifications: a phone subscribes on the alerts page, gets an alert, and acknowledges it without opening a page.

Chromium without a push service of its vendor cannot subscribe, so its subscription is made up here; the app sends to a
local service, and what that has got is delivered to the service worker by the DevTools protocol.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, Worker, expect

from app.alerting.push.keys import create_key
from app.factory import App, create_app
from app.settings import Settings
from tests.browser.conftest import ready, serving
from tests.browser.test_accessibility import violations
from tests.push_kit import FakeBrowser, PushService, push_service
from tests.servers import ROOT, Server, alertmanager, running, wait_until

pytestmark = pytest.mark.browser

LABELS = {"alertname": "ErrorBurst", "severity": "critical", "environment": "production"}
NOTES = {"headline": "11 % of requests fail", "value": "11 %", "threshold": "5 %", "runbook": "/runbooks/error-burst"}
POLICY = """
url = "https://dashboards.example.org"
[channels]
phones = { push = true }
[[policies]]
name = "critical"
severities = ["critical"]
levels = [{ channels = ["phones"] }]
"""
SUBSCRIBED = """
let isSubscribed = false;
const made = SUBSCRIPTION;
const subscription = { endpoint: made.endpoint, options: {}, toJSON: () => made,
  unsubscribe: async () => { isSubscribed = false; return true; } };
PushManager.prototype.getSubscription = async () => (isSubscribed ? subscription : null);
PushManager.prototype.subscribe = async (options) => {
  if (!options.userVisibleOnly || !options.applicationServerKey) throw new Error("no key");
  isSubscribed = true;
  return subscription;
};
"""
SHOWN = """async () => (await registration.getNotifications()).map(({ title, body, tag, data }) =>
  ({ title, body, tag, data }))"""
CLICK = """async (action) => {
  const [notification] = await registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
}"""


@dataclass
class Site:
    """The app with a notifier, over an Alertmanager in which an alert fires, and the push service."""

    app: App
    url: str
    manager: Server
    service: PushService
    device: FakeBrowser

    def pushed(self, count: int) -> dict[str, Any]:
        """The last message, once there are so many."""
        wait_until(lambda: self._turned() >= count, 30)
        return self.device.read(self.service.requests[-1].body)

    def _turned(self) -> int:
        assert self.app.notifier is not None
        self.app.notifier.turn()
        return len(self.service.requests)


@pytest.fixture
def site(metrics_url: str, tmp_path: Path) -> Iterator[Site]:
    create_key(tmp_path / "push.pem")
    (tmp_path / "policy.toml").write_text(POLICY)
    with (
        push_service(tmp_path) as service,
        running(alertmanager(tmp_path / "am", ROOT / "alerts" / "alertmanager-demo.yml")) as server,
    ):
        settings = Settings(
            prometheus_url=metrics_url,
            alertmanager_url=server.url,
            alert_store_url=f"sqlite:///{tmp_path}/alerts.db",
            alert_policy_file=tmp_path / "policy.toml",
            push_key_file=tmp_path / "push.pem",
            push_contact="mailto:operations@example.org",
            push_hosts=("localhost",),
            push_ca_file=service.authority,
        )
        app = create_app(settings)
        with serving(app) as url:
            yield Site(app, url, server, service, FakeBrowser())


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A phone that allows notifications, with a subscription at the service."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, permissions=["notifications"]
    )
    subscription = {"endpoint": f"{site.service.url}/phone", "keys": site.device.keys}
    context.add_init_script(SUBSCRIBED.replace("SUBSCRIPTION", json.dumps(subscription)))
    yield context
    context.close()


def fire(site: Site) -> None:
    body = [{"labels": LABELS, "annotations": NOTES}]
    requests.post(f"{site.manager.url}/api/v2/alerts", json=body, timeout=5).raise_for_status()


def turn_on(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/alerts")
    ready(page, "alerts")
    page.get_by_role("button", name="Notifications on this device").tap()
    dialog = page.get_by_role("dialog", name="Notifications on this device")
    expect(dialog).to_contain_text("This device gets no notifications")
    dialog.get_by_label("Your name, for acknowledgements").fill("Ada")
    assert violations(page) == []
    dialog.get_by_role("button", name="Turn on").tap()
    expect(dialog.locator(".push-state")).to_have_text(
        "This device gets the alerts that the operator sends by push, as Ada."
    )


def deliver(context: BrowserContext, page: Page, site: Site, message: dict[str, Any]) -> Worker:
    """The push service of the browser hands over a message."""
    session = context.new_cdp_session(page)
    ids: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: ids.extend(row["registrationId"] for row in event["registrations"] if not row["isDeleted"]),
    )
    session.send("ServiceWorker.enable")
    for _ in range(50):
        if ids:
            break
        page.wait_for_timeout(100)
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": f"{site.url}/", "registrationId": ids[0], "data": json.dumps(message)},
    )
    session.detach()
    return context.service_workers[0]


def notification_of(page: Page, worker: Worker, title: str) -> dict[str, Any]:
    """The only notification on the screen, once it has this title."""
    for _ in range(100):
        rows: list[dict[str, Any]] = worker.evaluate(SHOWN)
        if [row["title"] for row in rows] == [title]:
            return rows[0]
        page.wait_for_timeout(100)
    raise AssertionError(f"{rows} instead of {title}")


def test_a_phone_subscribes_and_acknowledges_from_the_notification(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    turn_on(page, site)
    fire(site)
    message = site.pushed(1)
    worker = deliver(context, page, site, message)
    first = notification_of(page, worker, "Critical: ErrorBurst, production")
    assert first["body"].startswith("11 % of requests fail\nValue 11 %, limit 5 % · Since ")

    page.goto("about:blank")
    worker.evaluate(CLICK, "acknowledge")
    notification_of(page, worker, "Acknowledged: 11 % of requests fail")
    (alert,) = requests.get(f"{site.url}/api/alerts", timeout=5).json()["alerts"]
    assert alert["acknowledged"]["user"] == "Ada"


def test_the_end_replaces_the_notification_and_a_failure_says_what_to_do(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    turn_on(page, site)
    fire(site)
    message = site.pushed(1)
    worker = deliver(context, page, site, message)
    notification_of(page, worker, "Critical: ErrorBurst, production")
    deliver(context, page, site, {**message, "title": "Resolved: ErrorBurst", "isResolved": True, "key": "end"})
    notification_of(page, worker, "Resolved: ErrorBurst")

    deliver(context, page, site, {**message, "alerts": ["unknown"]})
    notification_of(page, worker, "Critical: ErrorBurst, production")
    worker.evaluate(CLICK, "acknowledge")
    failed = notification_of(page, worker, "Not acknowledged: 11 % of requests fail")
    assert failed["body"] == "There is no such alert in the history."


def test_a_device_is_listed_and_turned_off(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    turn_on(page, site)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("li")).to_contain_text("Ada")
    expect(dialog.locator("li")).to_contain_text("(this device)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    dialog.get_by_role("button", name="Turn off").tap()
    expect(dialog).to_contain_text("This device gets no notifications")
    expect(dialog.locator("li")).to_have_count(0)
    assert requests.get(f"{site.url}/api/push", timeout=5).json()["subscriptions"] == []


def test_a_browser_that_blocks_notifications_is_told_what_to_do(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page = context.new_page()
    page.goto(f"{site.url}/alerts")
    ready(page, "alerts")
    page.get_by_role("button", name="Notifications on this device").click()

    expect(page.get_by_role("dialog")).to_contain_text("Allow them in the browser's settings.")
    expect(page.get_by_role("button", name="Turn on")).to_have_count(0)
    context.close()
