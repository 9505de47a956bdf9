"""`codeagent-dashboards retention`: the command round `telemetry.retention`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from telemetry import retention
from telemetry.elastic_http import Cluster, Refused, Unreachable
from telemetry.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument("--policy", type=Path, default=retention.DEFAULT_POLICY, help="TOML file with days by level")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="folder of rolling files; repeatable")
    parser.add_argument("--elasticsearch", metavar="URL", help="address of a cluster (TELEMETRY_ELASTICSEARCH)")
    parser.add_argument("--audit", type=Path, help="file to append one JSON line a deletion to")
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")
    parser.add_argument("--install-lifecycle", action="store_true", help="also let the cluster delete old indices")


def run(chosen: argparse.Namespace, now: datetime | None = None) -> int:
    """Apply the policy once; 0 when done, 1 when a part failed, 2 when there was nothing to apply it to."""
    try:
        settings = Settings.load()
    except ValueError as error:
        print(f"retention: {error}", file=sys.stderr)
        return 1
    address = settings.elasticsearch if chosen.elasticsearch is None else chosen.elasticsearch
    if not chosen.folder and not address:
        print("retention: name a --folder, an --elasticsearch address, or both.", file=sys.stderr)
        return 2
    now = now or datetime.now(UTC)
    actions: list[retention.Action] = []
    try:
        policy = retention.load(chosen.policy)
        for folder in chosen.folder:
            actions += retention.files(folder, policy, now, chosen.dry_run)
        if address:
            cluster = Cluster(address, settings.elasticsearch_key, timeout=60)
            _apply(cluster, policy, now, chosen, actions)
    except (ValueError, OSError, Refused, Unreachable) as error:
        print(f"retention: {error}", file=sys.stderr)
        return 1
    finally:  # what was deleted before a failure was deleted
        if chosen.audit:
            retention.write_audit(chosen.audit, actions, now, chosen.dry_run)
        _say(actions, chosen.dry_run)
    return 0


def _apply(
    cluster: Cluster, policy: retention.Policy, now: datetime, chosen: argparse.Namespace, into: list[retention.Action]
) -> None:
    if chosen.install_lifecycle and not chosen.dry_run and not retention.install_lifecycle(cluster, policy):
        print("This cluster has no index lifecycle management: run this command daily instead.")
    into.extend(retention.logs(cluster, policy, now, chosen.dry_run))
    into.extend(retention.traces(cluster, policy, now, chosen.dry_run))


def _say(actions: list[retention.Action], dry_run: bool) -> None:
    for action in actions:
        verb = "would delete" if dry_run else "deleted"
        print(f"{verb} {action.kind} {action.target}: {action.reason} ({action.count})")
    print(f"{sum(action.count for action in actions)} {'would be' if dry_run else 'were'} deleted.")
