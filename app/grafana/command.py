"""`codeagent-dashboards export-grafana DIR`: write the boards for Grafana."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.board_catalog import BoardCatalog
from app.grafana.boards import Export
from app.grafana.costs import Prices
from app.grafana.expressions import Deployment
from app.grafana.files import files
from app.settings import AUTO, Settings, SettingsError
from app.sources import named_resolution
from panels import prices
from panels.spec import Dashboard
from queries.core.redact import redact

USUAL_SCRAPE_INTERVAL: Final = 15


def export(settings: Settings, folder: Path, app_url: str, write: Callable[[str], object]) -> int:
    """Write the files below a folder; 0 when all is written. Raises SettingsError."""
    boards, what = prepared(settings, app_url)
    texts = files(boards, what, redact(settings.prometheus_url))
    write_files(folder, texts)
    write(f"{len(texts)} files in {folder}. {_left_out(boards, texts)}".rstrip() + "\n")
    return 0


def prepared(settings: Settings, app_url: str) -> tuple[Sequence[Dashboard], Export]:
    """All boards, and what their exports have in common. Raises SettingsError."""
    address = _link_address(app_url)
    scrape_interval = settings.scrape_interval or USUAL_SCRAPE_INTERVAL
    deployment = Deployment(named_resolution(settings), scrape_interval)
    table = prices.load(settings.prices_file, settings.gpu_hour_price)
    price_table = Prices(table.of_partition() if deployment.resolution.profile.partitions_tokens else table)
    what = Export(deployment, price_table, _prefix(settings.profile), address)
    boards = BoardCatalog(settings.boards_dir).current()
    if boards.problems:
        raise SettingsError("\n".join(boards.problems))
    return list(boards.by_id.values()), what


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write each text to its path below a folder. Raises SettingsError."""
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise SettingsError(f"{folder} cannot be written: {problem.strerror or problem}.") from None


def _link_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"--app-url {url} cannot be used: write an address such as https://dashboards.example.")
    return url.rstrip("/")


def _left_out(boards: Collection[Dashboard], names: Collection[str]) -> str:
    titles = [board.title for board in boards if f"v1/{board.id}.json" not in names]
    return f"Left out, since the gateway exports none of their metrics: {', '.join(titles)}." if titles else ""


def _prefix(profile: str) -> str:
    """What the ids of dashboards begin with: the same for every export of a deployment."""
    name = "codeagent" if profile == AUTO else Path(profile).stem
    return re.sub(r"[^a-zA-Z0-9_-]", "-", name)[:24]
