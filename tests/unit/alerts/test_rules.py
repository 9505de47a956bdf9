"""The alert rules and the notification routes, by the tools of Prometheus and Alertmanager themselves."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from app.routes import exists
from app.rules.command import RuleOptions, rule_text
from app.rules.model import Severity, Team
from app.settings import Settings
from pages import BOARDS
from queries.metrics.profile_file import Definition, definitions
from tests.require import needs

ROOT = Path(__file__).resolve().parents[3]
ALERTS = ROOT / "alerts"
RULES = ALERTS / "rules" / "codeagent.yml"
ROUTES = ALERTS / "alertmanager.yml"
NEW_ROUTES = ALERTS / "alertmanager-0.31.yml"
DEMO_ROUTES = ALERTS / "alertmanager-demo.yml"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rendered(name: str, tmp_path: Path, alerts: list[dict[str, Any]], status: str = "firing") -> str:
    """One message template with these alerts, as Alertmanager renders it."""
    data = tmp_path / "data.json"
    common = {"severity": "critical"}
    data.write_text(
        json.dumps(
            {
                "Receiver": "slack",
                "Status": status,
                "Alerts": alerts,
                "GroupLabels": {"alertname": "ProviderDown"},
                "CommonLabels": common,
                "CommonAnnotations": {},
                "ExternalURL": "http://127.0.0.1:9093",
            }
        )
    )
    return run(
        needs("amtool"),
        "template",
        "render",
        "--template.glob",
        ALERTS / "templates" / "*.tmpl",
        "--template.text",
        f'{{{{ template "{name}" . }}}}',
        "--template.data",
        data,
    )


def alert(provider: str, status: str = "firing") -> dict[str, Any]:
    return {
        "Status": status,
        "Labels": {"alertname": "ProviderDown", "provider": provider},
        "Annotations": {
            "summary": f"Provider {provider} has been down",
            "description": "Every probe failed.",
            "value": "0 %",
            "threshold": "5 %",
            "dashboard": f"/providers?provider={provider}",
            "runbook": "/runbooks/provider-down",
        },
        "StartsAt": "2026-01-01T00:00:00Z",
        "EndsAt": "2026-01-01T00:10:00Z",
    }


def test_a_message_has_the_picture_of_its_runbook_with_the_labels_as_filters(tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text(
        json.dumps(
            {
                "Status": "firing",
                "Alerts": [alert("open ai")],
                "GroupLabels": {"alertname": "ProviderDown"},
                "CommonLabels": {"provider": "open ai", "severity": "critical"},
                "CommonAnnotations": {"runbook": "/runbooks/provider-down"},
            }
        )
    )
    out = run(
        needs("amtool"),
        "template",
        "render",
        "--template.glob",
        ALERTS / "templates" / "*.tmpl",
        "--template.text",
        '{{ template "codeagent.picture" . }}',
        "--template.data",
        data,
    )
    assert out.strip().endswith("/render/runbooks/provider-down.png?from=now-3h&scale=2&provider=open+ai")


def test_the_templates_have_one_place_for_the_signature_of_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(ALERTS / "templates", folder)
    links = folder / "links.tmpl"
    empty, signed = ('{{ define "codeagent.signature" }}' + text + "{{ end }}" for text in ("", "&sig=x.y"))
    assert links.read_text().count(empty) == 1
    links.write_text(links.read_text().replace(empty, signed))
    (tmp_path / "data.json").write_text(
        json.dumps({"Status": "firing", "CommonAnnotations": {"runbook": "/runbooks/provider-down"}})
    )
    out = run(
        needs("amtool"),
        "template",
        "render",
        "--template.glob",
        folder / "*.tmpl",
        "--template.text",
        '{{ template "codeagent.picture" . }}',
        "--template.data",
        tmp_path / "data.json",
    )
    assert out.strip().endswith("/render/runbooks/provider-down.png?from=now-3h&scale=2&sig=x.y")


def test_the_committed_rules_are_what_the_command_writes() -> None:
    assert RULES.read_text() == rule_text(Settings(profile="codeagent")), "run: make rules"


@pytest.mark.parametrize("profile", ["codeagent", "litellm"])
def test_the_rules_of_the_demo_are_what_the_command_writes(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    options = RuleOptions(overrides=Path("alerts/demo/overrides.toml"))
    text = rule_text(Settings(profile=profile), options)

    assert (ALERTS / "demo" / f"{profile}.yml").read_text() == text, "run: make rules"


@pytest.mark.parametrize("definition", definitions(), ids=lambda definition: definition.name)
def test_prometheus_accepts_the_rules_of_every_profile(definition: Definition, tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(rule_text(Settings(profile=definition.name)))

    assert "SUCCESS" in run(needs("promtool"), "check", "rules", path)


@pytest.mark.slow
def test_rules_write_the_specified_texts_and_record_the_specified_gauges() -> None:
    run(needs("promtool"), "test", "rules", *sorted((ALERTS / "tests").glob("*.yml")))


def test_the_specification_s_alerts_have_its_thresholds_durations_and_labels() -> None:
    specified = {
        "HighErrorRate": ("> 0.05", "5m", "critical"),
        "SlowAPIResponse": ("> 1000", "10m", "warning"),
        "WebSocketConnectionSpike": ("> 100", "2m", "warning"),
    }

    written = {rule["alert"]: rule for rule in rules() if rule["alert"] in specified}

    for name, (comparison, hold, severity) in specified.items():
        assert written[name]["expr"].rstrip().endswith(comparison)
        assert written[name]["for"] == hold
        assert written[name]["labels"] == {"severity": severity, "team": "backend"}
        assert {"summary", "description", "runbook"} <= written[name]["annotations"].keys()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: "-".join([rule["alert"], *rule["labels"].values()]))
def test_a_rule_says_how_bad_it_is_where_to_look_and_what_to_do(rule: dict[str, Any]) -> None:
    notes = rule["annotations"]

    assert rule["labels"]["severity"] in list(Severity)
    assert rule["labels"]["team"] in list(Team)
    assert notes["summary"]
    assert notes["description"]
    assert notes["value"]
    assert notes["threshold"]
    assert exists(urlsplit(notes["dashboard"]).path, BOARDS)
    assert exists(notes["runbook"], BOARDS)


@pytest.mark.parametrize("path", [ROUTES, DEMO_ROUTES], ids=lambda path: path.name)
def test_alertmanager_accepts_the_routes(path: Path) -> None:
    assert "SUCCESS" in run(needs("amtool"), "check-config", path)


@pytest.mark.parametrize(
    ("severity", "receivers"),
    [
        ("critical", ["pagerduty-and-slack", "sms-on-call", "teams-stakeholders"]),
        ("high", ["email-and-slack"]),
        ("medium", ["email-team"]),
        ("warning", ["email-team"]),
        ("low", ["email-digest"]),
        ("none", ["nobody"]),
    ],
)
def test_severity_decides_who_is_notified(severity: str, receivers: list[str]) -> None:
    out = run(needs("amtool"), "config", "routes", "test", f"--config.file={ROUTES}", f"severity={severity}")

    assert out.strip().split(",") == receivers


@pytest.mark.parametrize(
    ("receiver", "channels"),
    [
        ("pagerduty-and-slack", {"pagerduty_configs", "slack_configs"}),
        ("sms-on-call", {"sns_configs"}),
        ("teams-stakeholders", {"email_configs"}),
        ("email-and-slack", {"email_configs", "slack_configs"}),
        ("email-team", {"email_configs"}),
        ("email-digest", {"email_configs"}),
    ],
)
def test_receivers_use_the_channels_of_the_priority_matrix(receiver: str, channels: set[str]) -> None:
    receivers = {entry["name"]: entry for entry in yaml.safe_load(ROUTES.read_text())["receivers"]}

    assert receivers[receiver].keys() == {"name", *channels}


def test_text_messages_are_sent_outside_business_hours_and_low_alerts_in_one_hour_of_a_business_day() -> None:
    configuration = yaml.safe_load(ROUTES.read_text())
    routes = {route["receiver"]: route for route in configuration["route"]["routes"]}
    intervals = {interval["name"]: interval["time_intervals"][0] for interval in configuration["time_intervals"]}

    assert routes["sms-on-call"]["mute_time_intervals"] == ["business-hours"]
    assert routes["email-digest"]["active_time_intervals"] == ["digest-hour"]
    assert routes["email-digest"]["group_by"] == ["severity"]
    assert all(interval["weekdays"] == ["monday:friday"] for interval in intervals.values())


def test_newer_versions_write_to_teams_and_differ_in_nothing_else() -> None:
    old, new = (yaml.safe_load(path.read_text()) for path in (ROUTES, NEW_ROUTES))
    receivers = {entry["name"]: entry for entry in new["receivers"]}

    assert receivers["teams-stakeholders"].keys() == {"name", "msteamsv2_configs"}
    for configuration in (old, new):
        entries = configuration["receivers"]
        configuration["receivers"] = [entry for entry in entries if entry["name"] != "teams-stakeholders"]
    assert old == new


def test_secrets_are_named_by_file_only() -> None:
    text = ROUTES.read_text()

    assert "slack_api_url_file:" in text
    assert "routing_key_file:" in text
    for secret in ("slack_api_url:", "api_url:", "routing_key:", "service_key:", "hooks.slack.com"):
        assert secret not in text


def test_the_demo_tells_nobody_and_inhibits_as_production_does() -> None:
    demo, production = yaml.safe_load(DEMO_ROUTES.read_text()), yaml.safe_load(ROUTES.read_text())

    assert demo["receivers"] == [{"name": "nobody"}]
    assert demo["inhibit_rules"] == production["inhibit_rules"]


def test_a_message_says_what_and_links_to_page_and_runbook(tmp_path: Path) -> None:
    text = rendered("codeagent.text", tmp_path, [alert("openai"), alert("mistral")])

    assert "Provider openai has been down" in text
    assert "0 % (limit 5 %), since 00:00 UTC" in text
    assert "https://dashboards.example.org/alerts?rule=ProviderDown|Silence" in text
    assert "https://dashboards.example.org/providers?provider=mistral" in text
    assert "https://dashboards.example.org/runbooks/provider-down|Runbook" in text
    assert rendered("codeagent.title", tmp_path, [alert("openai"), alert("mistral")]) == "Critical: ProviderDown (2)"


def test_a_resolved_message_is_short(tmp_path: Path) -> None:
    resolved = [alert("openai", "resolved")]

    assert rendered("codeagent.title", tmp_path, resolved, "resolved") == "Resolved: ProviderDown"
    assert "Runbook" not in rendered("codeagent.text", tmp_path, resolved, "resolved")
