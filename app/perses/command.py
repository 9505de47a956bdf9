"""`codeagent-dashboards export-perses DIR`: write the boards for Perses and say which panels differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from app.grafana.command import prepared, write_files
from app.grafana.files import json_text
from app.grafana.importing.boards import Result
from app.grafana.model import Json
from app.perses.dashboards import PersesDashboard, dashboard
from app.settings import Settings
from queries.core.redact import redact

Write = Callable[[str], object]


def export(settings: Settings, folder: Path, app_url: str, write: Write) -> int:
    """Write a project, its data source and a file for each board below a folder; 0 when all is written.

    Raises SettingsError.
    """
    boards, what = prepared(settings, app_url)
    exported = [board for board in boards if what.panels(board)]
    dashboards = {board.id: dashboard(board, exported, what, what.prefix) for board in exported}
    texts = {
        "1-project.json": json_text(_project(what.prefix)),
        "2-datasource.json": json_text(_data_source(what.prefix, redact(settings.prometheus_url))),
        **{f"dashboards/{name}.json": json_text(converted.document) for name, converted in dashboards.items()},
    }
    write_files(folder, texts)
    for converted in dashboards.values():
        _report(converted, write)
    write(f"{len(texts)} files in {folder}. {_left_out(len(boards) - len(exported))}".rstrip() + "\n")
    return 0


def _report(converted: PersesDashboard, write: Write) -> None:
    counts = Counter(outcome.result for outcome in converted.outcomes)
    write(f"{converted.title}: {', '.join(f'{counts[result]} {result}' for result in Result)}\n")
    for outcome in converted.outcomes:
        if outcome.reasons:
            write(f"  {outcome.result:7} {outcome.title}: {' '.join(outcome.reasons)}\n")


def _left_out(count: int) -> str:
    if not count:
        return ""
    subject, owner = (f"{count} board is", "its") if count == 1 else (f"{count} boards are", "their")
    return f"{subject} left out: the gateway exports none of {owner} metrics."


def _project(name: str) -> Json:
    return {"kind": "Project", "metadata": {"name": name}, "spec": {"display": {"name": "CodeAgent"}}}


def _data_source(project: str, url: str) -> Json:
    proxy = {"kind": "HTTPProxy", "spec": {"url": url}}
    plugin = {"kind": "PrometheusDatasource", "spec": {"proxy": proxy}}
    return {
        "kind": "Datasource",
        "metadata": {"name": "prometheus", "project": project},
        "spec": {"default": True, "plugin": plugin},
    }
