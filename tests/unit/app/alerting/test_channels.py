"""Channels: what services receive, and that reasons of failures contain no secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from app.alerting.channels import AppriseChannel
from app.alerting.message import Message
from app.alerting.services import content

MESSAGE = Message(
    "Critical: HighErrorRate, prod",
    "11 % of requests <fail>\nValue 11 %, limit 5 %.",
    "Critical: HighErrorRate: 11 % of requests fail",
    "critical",
    is_resolved=False,
    link="https://dash.example.org/alerts?rule=HighErrorRate",
    group="g" * 32,
    key="k" * 32,
    facts={"value": "11 %", "runbook": "https://dash.example.org/runbooks/x"},
)
SECRET = "0123456789abcdef0123456789abcdef"


class Recorder:
    """Takes the place of requests, and keeps what is sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, status: int = 202) -> None:
        self.sent: list[dict[str, Any]] = []

        def request(_: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
            self.sent.append({"method": method, "url": url, **options})
            answer = requests.Response()
            answer.status_code, answer._content = status, b"{}"
            return answer

        monkeypatch.setattr(requests.Session, "request", request)

    @property
    def body(self) -> Any:
        (request,) = self.sent
        return json.loads(request["data"])


def channel(folder: Path, address: str, is_short: bool = False) -> AppriseChannel:
    (folder / "address").write_text(address)
    return AppriseChannel("test", folder / "address", "https://dash.example.org", is_short)


def test_pagerduty_gets_a_key_against_repetitions_and_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)

    assert channel(tmp_path, f"pagerduty://{SECRET}@apikey").send(MESSAGE) == ""
    assert (recorder.body["event_action"], recorder.body["dedup_key"]) == ("trigger", MESSAGE.group)
    assert recorder.body["payload"]["summary"] == MESSAGE.short
    assert recorder.body["payload"]["severity"] == "critical"
    assert recorder.body["payload"]["custom_details"]["value"] == "11 %"
    assert recorder.body["links"] == [{"href": MESSAGE.link}]


def test_the_end_resolves_the_incident_of_pagerduty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    message = Message(**{**vars(MESSAGE), "is_resolved": True})

    assert channel(tmp_path, f"pagerduty://{SECRET}@apikey").send(message) == ""
    assert (recorder.body["event_action"], recorder.body["dedup_key"]) == ("resolve", MESSAGE.group)


def test_a_webhook_gets_the_fields_and_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)

    assert channel(tmp_path, "json://127.0.0.1:9/hook").send(MESSAGE) == ""
    assert recorder.sent[0]["headers"]["Idempotency-Key"] == MESSAGE.key
    assert (recorder.body["title"], recorder.body["message"]) == (MESSAGE.title, MESSAGE.body)
    assert (recorder.body["value"], recorder.body["group"]) == ("11 %", MESSAGE.group)


def test_a_text_message_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)

    assert channel(tmp_path, "json://127.0.0.1:9/sms", is_short=True).send(MESSAGE) == ""
    assert (recorder.body["title"], recorder.body["message"]) == ("", MESSAGE.short)


def test_slack_gets_text_that_it_does_not_interpret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch, 200)

    channel(tmp_path, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts").send(MESSAGE)
    assert "<fail>" not in json.dumps(recorder.body, ensure_ascii=False)
    assert recorder.body["attachments"][0]["title"] == MESSAGE.title


PICTURE = "https://dash.example.org/render/api-performance/status-codes.png?from=1&to=2&sig=a.b"
PICTURED = Message(**{**vars(MESSAGE), "picture": PICTURE, "facts": {**MESSAGE.facts, "picture": PICTURE}})


def test_pagerduty_gets_the_picture_as_an_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)

    assert channel(tmp_path, f"pagerduty://{SECRET}@apikey").send(PICTURED) == ""
    assert [image["src"] for image in recorder.body["images"]] == [PICTURE]
    assert "picture" not in recorder.body["payload"]["custom_details"]


def test_pagerduty_gets_no_image_without_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)

    channel(tmp_path, f"pagerduty://{SECRET}@apikey").send(MESSAGE)

    assert "images" not in recorder.body


def test_slack_shows_the_picture_below_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch, 200)

    channel(tmp_path, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts").send(PICTURED)

    (attachment,) = recorder.body["attachments"]
    title, text, image = attachment["blocks"]
    assert (title["text"]["text"], image["image_url"]) == (f"*{MESSAGE.title}*", PICTURE)
    assert text["text"]["text"] == "11 % of requests &lt;fail&gt;\nValue 11 %, limit 5 %."


def test_slack_gets_no_text_that_is_too_long_for_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch, 200)

    long = Message(**{**vars(PICTURED), "body": f"first line\n{'& ' * 4_000}"})
    channel(tmp_path, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts").send(long)

    text = recorder.body["attachments"][0]["blocks"][1]["text"]["text"]
    assert text.startswith("first line")
    assert len(text) <= 3_000


def test_teams_shows_the_picture_in_its_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)

    assert channel(tmp_path, "workflows://teams.example/0123456789abcdef/sig_nature").send(PICTURED) == ""
    title, text, image = recorder.body["attachments"][0]["content"]["body"]
    assert (title["text"], image["url"]) == (MESSAGE.title, PICTURE)
    assert "Value 11 %, limit 5 %." in text["text"].replace("\\", "")


def test_a_webhook_gets_the_picture_as_a_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)

    channel(tmp_path, "json://127.0.0.1:9/hook").send(PICTURED)

    assert recorder.body["picture"] == PICTURE


def test_other_services_get_a_line_with_the_picture_and_text_messages_none() -> None:
    assert content("ntfy://topic", PICTURED, is_short=False).body.endswith(f"\nChart: {PICTURE}")
    assert PICTURE not in content("ntfy://topic", PICTURED, is_short=True).body


def test_a_mail_shows_the_picture_and_the_text_as_text() -> None:
    mail = content("mailto://example.org", PICTURED, is_short=False)

    assert "requests &lt;fail&gt;<br>" in mail.body
    assert f'<img src="{PICTURE.replace("&", "&amp;")}"' in mail.body


def test_a_refusal_is_a_reason_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Recorder(monkeypatch, 403)

    reason = channel(tmp_path, f"json://user:{SECRET}@127.0.0.1:9/{SECRET}").send(MESSAGE)

    assert "403" in reason
    assert SECRET not in reason


@pytest.mark.parametrize("text", ["", "# nothing", "one://a\ntwo://b", "no address", "unknown://host", "json://"])
def test_an_address_that_cannot_be_used_is_a_reason(text: str, tmp_path: Path) -> None:
    assert "address" in channel(tmp_path, text).send(MESSAGE)


def test_a_file_that_is_gone_is_a_reason(tmp_path: Path) -> None:
    assert "address" in AppriseChannel("test", tmp_path / "absent", "").send(MESSAGE)
