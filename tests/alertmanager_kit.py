"""The shipped configurations of Alertmanager with the addresses of local receivers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.receivers_kit import Receivers
from tests.servers import ROOT


def shipped_routes(source: Path, folder: Path, receiver: Receivers, has_hours: bool = False) -> dict[str, Any]:
    """A committed configuration whose secrets are files below the folder, with short times.

    Without `has_hours` text messages are sent at any hour, since a test has no clock of its own.
    """
    config: dict[str, Any] = yaml.safe_load(source.read_text())
    secrets = {
        "slack_url": f"{receiver.url}/services/am",
        "pagerduty_routing_key": "key-of-am",
        "token": "token",
        "teams_url": f"{receiver.url}/teams",
    }
    for name, text in secrets.items():
        (folder / name).write_text(text)
    config["global"] = {
        "resolve_timeout": "1m",
        "slack_api_url_file": str(folder / "slack_url"),
        "pagerduty_url": f"{receiver.url}/v2/enqueue",
        "smtp_smarthost": f"127.0.0.1:{receiver.smtp_port}",
        "smtp_from": "alerts@example.org",
        "smtp_require_tls": False,
    }
    config["templates"] = [str(ROOT / "alerts" / "templates" / "*.tmpl")]
    for row in config["receivers"]:
        _redirect(row, folder, receiver)
    for route in (config["route"], *config["route"]["routes"]):
        route |= {"group_wait": "1s", "group_interval": "1s"}
        if not has_hours:
            route.pop("mute_time_intervals", None)
    return config


def _redirect(row: dict[str, Any], folder: Path, receiver: Receivers) -> None:
    for pagerduty in row.get("pagerduty_configs", ()):
        pagerduty["routing_key_file"] = str(folder / "pagerduty_routing_key")
    for teams in row.get("msteamsv2_configs", ()):
        teams["webhook_url_file"] = str(folder / "teams_url")
    for sns in row.get("sns_configs", ()):
        sns |= {"api_url": f"{receiver.url}/sns"}
        sns["sigv4"] |= {"access_key": "key", "secret_key": "secret"}
