"""From a fault of the sample gateway to what receivers get, on real servers: by Alertmanager's routes and by the app.

The committed rules, routes and policy are used, with shorter times and with the addresses of local receivers.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from app.alerting.write_requests import HEADER
from app.factory import create_app
from app.settings import Settings
from tests.alertmanager_kit import shipped_routes
from tests.gateway_kit import AUTHORISED, World, world
from tests.receivers_kit import Received, Receivers, html_of, receivers
from tests.servers import ROOT, alertmanager, free_port, prometheus, running, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

ENDPOINT = "/v1/models"
RULES = ("ErrorBurst", "EndpointFailing")
ESCALATION = 5  # seconds
BASE = "https://dashboards.example.org"
USER = "X-User"
FAULTS = "/-/faults"
PAGERDUTY_KEYS = {"am": "key-of-am", "app": "0123456789abcdef0123456789abcdef"}
# Services whose address is fixed in apprise, as the receivers play them.
HOSTS = ("events.pagerduty.com", "hooks.slack.com", "teams.example.org")
CHANNELS = {
    "pagerduty": "pagerduty://0123456789abcdef0123456789abcdef@app",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts",
    "teams": "workflows://teams.example.org/0123456789abcdef/signature",
    "sms": "json://{host}/sms",
    "second-on-call": "json://{host}/second",
    "team-lead": "mailto://{smtp}?from=app@example.org&to=team-lead@example.net",
    "team": "mailto://{smtp}?from=app@example.org&to=team@example.net",
}


def redirect(patched: pytest.MonkeyPatch, receiver: str) -> None:
    """Requests to the services with fixed addresses go to the receiver."""
    send = requests.Session.request

    def request(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
        parts = urlsplit(url)
        address = parts._replace(scheme="http", netloc=receiver.removeprefix("http://")).geturl()
        return send(session, method, address if parts.hostname in HOSTS else url, **options)

    patched.setattr(requests.Session, "request", request)


def rules(folder: Path) -> Path:
    """Two of the committed rules over six seconds instead of minutes."""
    groups = yaml.safe_load((ROOT / "alerts" / "rules" / "codeagent.yml").read_text())["groups"]
    chosen = [rule for group in groups for rule in group["rules"] if rule.get("alert") in RULES]
    assert [rule["alert"] for rule in chosen] == list(RULES)
    for rule in chosen:
        rule |= {"expr": re.sub(r"\[\d+m\]", "[6s]", rule["expr"]), "for": "1s"}
        rule["annotations"]["where"] = re.sub(r"\[\d+m\]", "[6s]", rule["annotations"].get("where", ""))
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "short", "interval": "1s", "rules": chosen}]}))
    return path


def routes(folder: Path, receiver: Receivers, webhook: str) -> Path:
    """The committed routes with the addresses of the receivers, and the history as one more receiver."""
    config = shipped_routes(ROOT / "alerts" / "alertmanager.yml", folder, receiver)
    history = {"url": f"{webhook}/api/alerts/webhook", "http_config": {"authorization": {"credentials": "token"}}}
    config["receivers"].append({"name": "dashboards", "webhook_configs": [history]})
    config["route"]["routes"].insert(0, {"receiver": "dashboards", "continue": True})
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    return path


def policy(folder: Path, receiver: Receivers) -> Path:
    """The committed policy with the addresses of the receivers and short delays, outside business hours."""
    text = (ROOT / "alerts" / "policy.toml").read_text()
    text = text.replace('after = "10s"', 'after = "0s"')
    text = re.sub(r'after = "(5|15)m"', f'after = "{ESCALATION}s"', text)
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    other = days[(time.localtime().tm_wday + 3) % 7]
    text = re.sub(r"^days = .*$", f'days = ["{other}"]', text, flags=re.MULTILINE)
    (folder / "policy.toml").write_text(text)
    (folder / "channels").mkdir()
    places = {"host": receiver.url.removeprefix("http://"), "smtp": f"127.0.0.1:{receiver.smtp_port}"}
    for name, address in CHANNELS.items():
        (folder / "channels" / name).write_text(address.format(**places))
    return folder / "policy.toml"


Arrived = Callable[[], Sequence[Received | EmailMessage]]


@dataclass
class Traffic:
    """Requests to the gateway until it is stopped."""

    url: str
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with requests.Session() as session:
            while not self.stop.wait(0.04):
                session.get(f"{self.url}{ENDPOINT}", headers=AUTHORISED, timeout=5)


@contextmanager
def traffic(url: str) -> Iterator[None]:
    """Some twenty requests a second for the block."""
    load = Traffic(url)
    thread = threading.Thread(target=load.run)
    thread.start()
    try:
        yield
    finally:
        load.stop.set()
        thread.join()


@dataclass(frozen=True)
class Site:
    """The gateway whose alerts go to the receivers, by Alertmanager and by the app."""

    gateway: World
    receiver: Receivers
    viewer: FlaskClient

    def fault_on(self) -> None:
        """Most requests of an endpoint fail."""
        body = {"name": "errors", "seconds": 120, "endpoint": ENDPOINT, "share": 0.9}
        requests.post(f"{self.gateway.url}{FAULTS}", json=body, timeout=5).raise_for_status()

    def fault_off(self) -> None:
        """No request fails any more."""
        requests.delete(f"{self.gateway.url}{FAULTS}/errors", timeout=5).raise_for_status()

    def acknowledge(self, rule: str) -> None:
        """Ada has acknowledged the alert of a rule."""
        rows = self.viewer.get("/api/alerts").get_json()["alerts"]
        token = self.viewer.get("/api/alerts/write-token").get_json()["write_token"]
        address = next(f"/api/alerts/{row['id']}/acknowledge" for row in rows if row["name"] == rule)
        answer = self.viewer.post(address, json={}, headers={HEADER: token, USER: "Ada"})
        assert answer.status_code == 200, answer.get_data(as_text=True)

    def is_picture(self, address: str, **headers: str) -> bool:
        """Whether an address in a message is a picture of the app."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == BASE
        answer = self.viewer.get(f"{parts.path}?{parts.query}", headers=headers)
        return answer.status_code == 200 and answer.mimetype == "image/png"

    def incidents(self, sender: str, action: str) -> list[Received]:
        """The events of an action that PagerDuty got from Alertmanager (am) or the app."""
        key = PAGERDUTY_KEYS[sender]
        return [
            event
            for event in self.receiver.requests_to("/v2/enqueue")
            if event.body["routing_key"] == key and event.body["event_action"] == action
        ]

    def chats(self, path: str, word: str) -> list[Received]:
        """What a chat got in which a word is."""
        return [message for message in self.receiver.requests_to(path) if word in json.dumps(message.body)]


@contextmanager
def running_app(folder: Path, servers: tuple[str, str], receiver: Receivers, port: int) -> Iterator[FlaskClient]:
    """The app at a port with its notifier; `servers` are the addresses of Prometheus and Alertmanager."""
    (folder / "webhook-token").write_text("token")
    (folder / "link-key").write_text("a key of signed links")
    app = create_app(
        Settings(
            prometheus_url=servers[0],
            alertmanager_url=servers[1],
            user_header=USER,
            alert_store_url=f"sqlite:///{folder}/alerts.db",
            alert_webhook_token_file=folder / "webhook-token",
            alert_policy_file=policy(folder, receiver),
            link_key_file=folder / "link-key",
        )
    )
    assert app.notifier is not None
    server = make_server("127.0.0.1", port, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    app.notifier.start()
    try:
        yield app.server.test_client()
    finally:
        app.notifier.close()
        server.shutdown()
        thread.join()
        server.server_close()
        app.engine.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Everything runs, and the gateway has traffic."""
    folder, app_port = tmp_path_factory.mktemp("delivery"), free_port()
    with ExitStack() as stack:
        enter = stack.enter_context
        receiver = enter(receivers())
        redirect(enter(pytest.MonkeyPatch.context()), receiver.url)
        gateway = enter(world(folder / "gateway"))
        config = routes(folder, receiver, f"http://127.0.0.1:{app_port}")
        manager = enter(running(alertmanager(folder / "am", config)))
        target = {"targets": [gateway.url.removeprefix("http://")], "labels": {"environment": "production"}}
        settings: dict[str, Any] = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules(folder))],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{manager.port}"]}]}]},
            "scrape_configs": [{"job_name": "gateway", "static_configs": [target]}],
        }
        metrics = enter(running(prometheus(folder / "prometheus", yaml.safe_dump(settings))))
        viewer = enter(running_app(folder, (metrics.url, manager.url), receiver, app_port))
        enter(traffic(gateway.url))
        yield Site(gateway, receiver, viewer)


@pytest.fixture(scope="module")
def episode(site: Site) -> Mapping[str, float]:
    """A fault from its beginning to its end; how many seconds it took until each receiver had got it."""
    receiver, begin = site.receiver, time.time()
    site.fault_on()
    wait_until(lambda: bool(site.incidents("app", "trigger")), 60)
    site.acknowledge("ErrorBurst")
    arrivals: dict[str, Arrived] = {
        "Alertmanager, PagerDuty": lambda: site.incidents("am", "trigger"),
        "Alertmanager, Slack": lambda: receiver.requests_to("/services/am"),
        "Alertmanager, text message": lambda: receiver.requests_to("/sns"),
        "Alertmanager, Teams by mail": lambda: receiver.mails_to("stakeholders-channel@example.org"),
        "Alertmanager, mail": lambda: receiver.mails_to("team-lead@example.org"),
        "app, PagerDuty": lambda: site.incidents("app", "trigger"),
        "app, Slack": lambda: receiver.requests_to("/services/T1JJ3T3L2"),
        "app, Teams": lambda: receiver.requests_to("/workflows/"),
        "app, text message": lambda: receiver.requests_to("/sms"),
        "app, mail": lambda: receiver.mails_to("team-lead@example.net"),
    }
    wait_until(lambda: all(arrived() for arrived in arrivals.values()), 60)
    seconds = {name: receiver.instant(arrived()[0]) - begin for name, arrived in arrivals.items()}
    wait_until(lambda: bool(receiver.mails_to("team@example.net")), 60)
    acknowledged_at = receiver.instant(site.incidents("app", "trigger")[0])
    wait_until(lambda: time.time() > acknowledged_at + ESCALATION + 2, 60)
    site.fault_off()
    ends: dict[str, Arrived] = {
        "Alertmanager, PagerDuty": lambda: site.incidents("am", "resolve"),
        "Alertmanager, Slack": lambda: site.chats("/services/am", "Resolved: ErrorBurst"),
        "app, PagerDuty": lambda: site.incidents("app", "resolve"),
        "app, Slack": lambda: site.chats("/services/T1JJ3T3L2", "Resolved: ErrorBurst"),
        "app, Teams": lambda: site.chats("/workflows/", "Resolved: ErrorBurst"),
    }
    wait_until(lambda: all(arrived() for arrived in ends.values()), 60)
    return seconds


def test_a_fault_is_notified_to_every_channel_of_the_matrix(
    episode: Mapping[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        sys.stdout.write("\nseconds from the fault to its notification, with rules over 6 s instead of minutes:\n")
        sys.stdout.writelines(f"  {name:28} {seconds:5.1f}\n" for name, seconds in episode.items())

    assert len(episode) == 10


def test_alertmanager_s_messages_have_value_limit_links_and_picture(site: Site, episode: Mapping[str, float]) -> None:
    event = site.incidents("am", "trigger")[0].body
    slack = next(
        message.body for message in site.receiver.requests_to("/services/am") if "ErrorBurst" in str(message.body)
    )
    text = site.receiver.requests_to("/sns")[0].body
    teams = site.receiver.mails_to("stakeholders-channel@example.org")[0]

    assert event["payload"]["summary"].startswith("Critical: ErrorBurst: ")
    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["custom_details"]["threshold"] == "5 %"
    assert event["payload"]["custom_details"]["value"].endswith(" %")
    assert ENDPOINT in event["payload"]["custom_details"]["where"]
    assert {link["href"] for link in event["links"]} == {
        f"{BASE}/runbooks/error-burst",
        f"{BASE}/alerts?rule=ErrorBurst",
    }
    assert site.is_picture(event["images"][0]["src"], **{USER: "Ada"})
    (attachment,) = slack["attachments"]
    assert (slack["channel"], attachment["title"]) == ("#alerts", "Critical: ErrorBurst")
    assert site.is_picture(attachment["image_url"], **{USER: "Ada"})
    assert (text["Action"], text["PhoneNumber"]) == ("Publish", "+10005550100")
    assert text["Message"].startswith("Critical: ErrorBurst: ")
    assert teams["Subject"] == "Critical: ErrorBurst"
    assert f'<img src="{BASE}/render/runbooks/error-burst.png' in html_of(teams)


def test_the_app_s_messages_have_value_limit_links_and_signed_picture(site: Site, episode: Mapping[str, float]) -> None:
    event = site.incidents("app", "trigger")[0].body
    details = event["payload"]["custom_details"]
    *_, image = site.chats("/services/T1JJ3T3L2", "ErrorBurst")[0].body["attachments"][0]["blocks"]
    card = site.receiver.requests_to("/workflows/")[0].body["attachments"][0]["content"]["body"]
    mail = site.receiver.mails_to("team-lead@example.net")[0]

    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["summary"].startswith("Critical: ErrorBurst, production: ")
    assert (details["threshold"], details["status"], details["alert"]) == ("5 %", "firing", "ErrorBurst")
    assert details["value"].endswith(" %")
    assert details["runbook"] == f"{BASE}/runbooks/error-burst"
    for address in (event["images"][0]["src"], image["image_url"], card[-1]["url"]):
        assert "sig=" in address
        assert site.is_picture(address)
    assert card[0]["text"].replace("\\", "") == "Critical: ErrorBurst, production"
    assert site.receiver.requests_to("/sms")[0].body["message"].startswith("Critical: ErrorBurst, production: ")
    assert mail["Subject"] == "High: EndpointFailing, production"
    assert "limit 20 %" in html_of(mail)
    assert f'<img src="{BASE}/render/endpoint/' in html_of(mail)


def test_an_acknowledgement_stops_the_escalation_and_nothing_else_does(
    site: Site, episode: Mapping[str, float]
) -> None:
    escalated = site.receiver.mails_to("team@example.net")[0]

    assert site.receiver.requests_to("/second") == []
    assert escalated["Subject"] == "High: EndpointFailing, production"
    assert "Level 2: nobody has acknowledged this alert." in html_of(escalated)


def test_each_channel_of_the_app_is_notified_once_and_of_the_end(site: Site, episode: Mapping[str, float]) -> None:
    opened, closed = site.incidents("app", "trigger"), site.incidents("app", "resolve")

    assert [event.body["dedup_key"] for event in opened] == [event.body["dedup_key"] for event in closed]
    assert len(opened) == 1
    for path in ("/services/T1JJ3T3L2", "/workflows/"):
        assert len(site.chats(path, "Critical: ErrorBurst")) == 1
        assert len(site.chats(path, "Resolved: ErrorBurst")) == 1
    assert len(site.receiver.requests_to("/sms")) == 1  # text messages tell no end
