"""`codeagent-dashboards import-grafana FILE…`: board files from dashboards of Grafana, with a line for each panel."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.grafana.importing.boards import Imported, PanelOutcome, Result, board_id, convert
from app.grafana.importing.reading import MOST_BYTES, read
from app.grafana.importing.source import ImportRefused, SourceDashboard
from app.settings import Settings, SettingsError
from pages.files.board import read as read_board
from pages.files.board import write as toml_of
from pages.files.problems import BoardFileError
from panels.spec import Dashboard
from panels.visible import visible

Write = Callable[[str], object]


@dataclass(frozen=True)
class ImportOptions:
    """Where boards are written to, None for the folder of the settings, and whether they may replace files."""

    folder: Path | None = None
    overwrite: bool = False


def import_files(settings: Settings, files: Sequence[Path], options: ImportOptions, write: Write) -> int:
    """Write a board file for each dashboard and report; 1 if a file gave none. Raises SettingsError."""
    folder = options.folder or settings.boards_dir
    if folder is None:
        raise SettingsError("There is no folder to write to: name one with --to DIR, or set CODEAGENT_BOARDS_DIR.")
    summaries: list[dict[str, Any]] = []
    used_ids: set[str] = set()
    sources = [_read(path) for path in files]
    boards = _board_ids(source for source in sources if isinstance(source, SourceDashboard))
    for path, source in zip(files, sources, strict=True):
        try:
            if isinstance(source, ImportRefused):
                raise source
            imported = convert(source, used_ids, boards)
            target = _save(imported, folder, options)
        except ImportRefused as reason:
            write(f"{path.name}: {reason}\n")
            summaries.append({"file": path.name, "error": str(reason)})
            continue
        used_ids.add(target.stem)
        _report(path, imported, target, write)
        summaries.append(_summary(path, imported, target))
    write(json.dumps({"files": summaries, **_totals(summaries)}) + "\n")
    return 1 if any("error" in summary for summary in summaries) else 0


def _read(path: Path) -> SourceDashboard | ImportRefused:
    try:
        with path.open("rb") as file:
            return read(file.read(MOST_BYTES + 1))
    except ImportRefused as reason:
        return reason
    except OSError as error:
        return ImportRefused(f"It cannot be read: {error.strerror or error}.")


def _board_ids(sources: Iterable[SourceDashboard]) -> dict[str, str]:
    """The ids that the boards will have, by the ids of their dashboards, for links between them."""
    used_ids: set[str] = set()
    boards: dict[str, str] = {}
    for source in sources:
        name = board_id(source, used_ids)
        used_ids.add(name)
        boards.setdefault(source.uid, name)
    return boards


def _save(imported: Imported, folder: Path, options: ImportOptions) -> Path:
    """Write the board's file as a whole or not at all. Raises ImportRefused."""
    if imported.board is None:
        reasons = "; ".join(dict.fromkeys(reason for outcome in imported.outcomes for reason in outcome.reasons))
        raise ImportRefused(f"No panel can be kept. {reasons[:500]}".rstrip())
    target = folder / f"{imported.board.id}.toml"
    if target.exists() and not options.overwrite:
        raise ImportRefused(f"{target} exists: remove it, or add --overwrite.")
    content = _readable(imported.board, target.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(target, content)
    except OSError as error:
        raise ImportRefused(f"{target} cannot be written: {error.strerror or error}.") from None
    return target


def _readable(board: Dashboard, name: str) -> str:
    """The text of the board's file, which reads as this board. Raises ImportRefused."""
    content = toml_of(board)
    try:
        if read_board(content, name) == board:
            return content
    except BoardFileError as error:
        raise ImportRefused(f"The board cannot be a file. {error.sentences[0]}") from None
    raise ImportRefused("The board cannot be a file: it would read as another board.")


def _write_whole(target: Path, content: str) -> None:
    """Write under a name that is not read as a board until the file is complete; nothing is left of a failure."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        part.chmod(0o644)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _report(path: Path, imported: Imported, target: Path, write: Write) -> None:
    write(f"\n{path.name}: {visible(imported.title)} → {target}\n")
    for outcome in imported.outcomes:
        reasons = f": {' '.join(outcome.reasons)}" if outcome.reasons else ""
        write(f"  {outcome.result:7} {visible(outcome.title)}{visible(reasons)}\n")
    for note in imported.notes:
        write(f"  {visible(note)}\n")
    counts = _counts(imported.outcomes)
    total, changed = counts["panels_with_metrics"], counts["changed"]
    write(f"  {total - counts['lost']} of {total} panels with data of Prometheus, {changed} changed\n")


def _summary(path: Path, imported: Imported, target: Path) -> dict[str, Any]:
    panels = [
        {"title": item.title, "plugin": item.plugin, "result": item.result.value, "reasons": list(item.reasons)}
        for item in imported.outcomes
    ]
    counts = _counts(imported.outcomes)
    return {"file": path.name, "board": str(target), **counts, "notes": list(imported.notes), "panels": panels}


def _counts(outcomes: Sequence[PanelOutcome]) -> dict[str, int]:
    """How many panels with data of Prometheus there are, and what became of them."""
    with_metrics = [outcome.result for outcome in outcomes if outcome.has_metrics]
    counts = Counter(with_metrics)
    return {"panels_with_metrics": len(with_metrics), **{result.value: counts[result] for result in Result}}


def _totals(summaries: Sequence[dict[str, Any]]) -> dict[str, int]:
    names = ("panels_with_metrics", *(result.value for result in Result))
    return {name: sum(summary.get(name, 0) for summary in summaries) for name in names}
