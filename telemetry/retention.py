"""Deletes logs and traces that are older than the policy allows, and says what it did."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from telemetry.elastic_http import Cluster, Refused
from telemetry.elastic_names import LIFECYCLE_POLICY, LOG_PREFIX, SPAN_INDICES

DEFAULT_POLICY: Final = Path(__file__).with_name("retention.toml")
LEVELS: Final = ("Verbose", "Debug", "Information", "Warning", "Error", "Fatal")
_BATCH: Final = 2_000
_FILE_DAY: Final = re.compile(r"-(\d{8})(?:_\d{3})?\.jsonl?$")


@dataclass(frozen=True)
class Policy:
    """Days that documents of each level, traces and files are kept, and how many files."""

    logs: Mapping[str, int]
    trace_days: int
    file_days: int
    file_count: int

    @property
    def log_days(self) -> int:
        """Days after which nothing of a day's index is wanted any more."""
        return max(self.logs.values())


@dataclass(frozen=True)
class Action:
    """One deletion: what kind of thing, which, why, and how many documents (1 for a file)."""

    kind: str
    target: str
    reason: str
    count: int


def load(path: Path = DEFAULT_POLICY) -> Policy:
    """Read a policy; ValueError names what is missing or no whole number of days above 0."""
    content = tomllib.loads(path.read_text())

    def days(section: str, key: str) -> int:
        value = content.get(section, {}).get(key)
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{path.name}: [{section}] {key} must be a whole number above 0.")
        return value

    unknown = set(content.get("logs", {})) - set(LEVELS)
    if unknown:
        raise ValueError(f"{path.name}: [logs] has no level {', '.join(sorted(unknown))}.")
    logs = {level: days("logs", level) for level in LEVELS}
    return Policy(logs, days("traces", "days"), days("files", "days"), days("files", "count"))


def files(folder: Path, policy: Policy, now: datetime, dry_run: bool = False) -> Iterator[Action]:
    """Delete rolling files of a folder by age, then by count; the newest file of each kind stays."""
    kinds: dict[str, list[Path]] = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        if _FILE_DAY.search(path.name):
            kinds.setdefault(_FILE_DAY.sub("", path.name), []).append(path)
    for paths in kinds.values():
        for index, path in enumerate(sorted(paths, reverse=True)):
            reason = _file_reason(path, index, policy, now)
            if index and reason:
                if not dry_run:
                    path.unlink(missing_ok=True)
                yield Action("file", str(path), reason, 1)


def _file_reason(path: Path, index: int, policy: Policy, now: datetime) -> str:
    match = _FILE_DAY.search(path.name)
    age = (now - datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=UTC)).days if match else 0
    if age > policy.file_days:
        return f"older than {policy.file_days} days"
    return f"more than {policy.file_count} files" if index >= policy.file_count else ""


def logs(cluster: Cluster, policy: Policy, now: datetime, dry_run: bool = False) -> Iterator[Action]:
    """Delete whole daily indices past every level's age, and within the others documents by their level's age."""
    for index in sorted(cluster.call("GET", f"/{LOG_PREFIX}-*/_settings?filter_path=*.settings.index.uuid")):
        age = _index_age(index, now)
        if age is None:
            continue
        if age > policy.log_days:
            count = int(cluster.call("GET", f"/{index}/_count")["count"])
            if not dry_run:
                cluster.call("DELETE", f"/{index}")
            yield Action("index", index, f"older than {policy.log_days} days", count)
            continue
        for level, days in policy.logs.items():
            # Exact whatever the mapping: a keyword of Serilog's template or of ours.
            query = {"match_phrase": {"level": level}}
            if age > days and (count := _delete(cluster, index, query, dry_run)):
                yield Action("documents", index, f"{level} older than {days} days", count)


def traces(cluster: Cluster, policy: Policy, now: datetime, dry_run: bool = False) -> Iterator[Action]:
    """Delete spans past their age."""
    before = (now - timedelta(days=policy.trace_days)).isoformat()
    count = _delete(cluster, SPAN_INDICES, {"range": {"@timestamp": {"lt": before}}}, dry_run)
    if count:
        yield Action("documents", SPAN_INDICES, f"spans older than {policy.trace_days} days", count)


def install_lifecycle(cluster: Cluster, policy: Policy) -> bool:
    """Let the cluster delete whole indices by itself; False where it has no index lifecycle management."""
    try:
        cluster.call("GET", "/_ilm/status")
    except Refused:
        return False
    delete = {"min_age": f"{policy.log_days + 1}d", "actions": {"delete": {}}}
    cluster.call("PUT", f"/_ilm/policy/{LIFECYCLE_POLICY}", {"policy": {"phases": {"delete": delete}}})
    return True


def _index_age(index: str, now: datetime) -> int | None:
    try:
        return (now - datetime.strptime(index, f"{LOG_PREFIX}-%Y.%m.%d").replace(tzinfo=UTC)).days
    except ValueError:  # not one of ours
        return None


def _delete(cluster: Cluster, index: str, query: Mapping[str, Any], dry_run: bool) -> int:
    """Delete what matches, in batches that a busy cluster can bear; how many documents it was."""
    body = {"query": query, "size": _BATCH, "_source": False, "track_total_hits": True, "sort": ["_doc"]}
    address = f"/{index}/_search?ignore_unavailable=true&allow_no_indices=true"
    if dry_run:
        return int(cluster.call("POST", address, {**body, "size": 0})["hits"]["total"]["value"])
    deleted = 0
    while hits := cluster.call("POST", address, body)["hits"]["hits"]:
        lines = (orjson.dumps({"delete": {"_index": hit["_index"], "_id": hit["_id"]}}) + b"\n" for hit in hits)
        answer = cluster.call("POST", "/_bulk?refresh=true&filter_path=items.*.result", b"".join(lines))
        gone = sum(item["delete"].get("result") == "deleted" for item in answer.get("items", ()))
        if not gone:  # refused: asking again would never end
            raise Refused(f"{index} does not let documents be deleted.")
        deleted += gone
    return deleted


def write_audit(path: Path, actions: list[Action], now: datetime, dry_run: bool) -> None:
    """Append one line an action, so that it can be shown later what was deleted, when and why."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        for action in actions:
            file.write(orjson.dumps({"at": now.isoformat(), "dry_run": dry_run, **asdict(action)}) + b"\n")
