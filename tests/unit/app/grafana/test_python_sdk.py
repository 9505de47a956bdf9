"""Exported dashboards survive a round trip through grafana-foundation-sdk's types of Grafana 11.6."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.servers import ROOT

# Fields that Grafana reads and these types leave out; the types for Go have them.
UNTYPED = {
    f".annotations.list[].{name}" for name in ("step", "titleFormat", "textFormat", "tagKeys", "useValueForTime")
} | {".templating.list[].definition"}
PATHS = sorted((ROOT / "grafana").glob("*/v1/*.json"))


def changes(before: object, after: object, path: str = "") -> Iterator[str]:
    """What is lost or changed; what is added are defaults."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name in after:
                yield from changes(value, after[name], f"{path}.{name}")
            elif f"{path}.{name}" not in UNTYPED:
                yield f"{path}.{name} is lost"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for first, second in zip(before, after, strict=True):
            yield from changes(first, second, f"{path}[]")
    elif before != after:
        yield f"{path}: {before!r} became {after!r}"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_nothing_is_lost(path: Path) -> None:
    plugins.register_default_plugins()
    content = json.loads(path.read_text("utf-8"))

    read = Dashboard.from_json(content)

    assert list(changes(content, json.loads(JSONEncoder().encode(read)))) == []
