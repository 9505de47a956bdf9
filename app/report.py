"""`codeagent-dashboards report BOARD --range RANGE --to FILE`: a board as PDF, for cron."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.panel_pictures import PanelPictures
from app.picture_request import board_request
from app.settings import Settings
from app.sources import engine_of
from pages.files.problems import suggestion
from queries.core.errors import QueryError

Write = Callable[[str], object]
DEADLINE_SECONDS = 60.0


@dataclass(frozen=True)
class ReportOptions:
    """What to write and where; `parameters` are those of a board's address, such as `environment=production`."""

    board: str
    to: Path
    range: str = ""
    theme: str = "light"
    parameters: tuple[str, ...] = ()


def report(settings: Settings, options: ReportOptions, output: Write, complain: Write) -> int:
    """Write a board as PDF; 1 if it could not be drawn or written, 2 if an option is not valid."""
    from app.factory import create_app

    patient = settings.model_copy(update={"deadline_seconds": DEADLINE_SECONDS})
    app = create_app(patient, engine_of(patient, time.time))
    try:
        known = app.boards.catalog.current().by_id
        if options.board not in known:
            complain(f"There is no board “{options.board}”. {suggestion(options.board, known)}\n")
            return 2
        board = app.boards.offer().board(known[options.board])
        chosen: dict[str, list[str]] = {"theme": [options.theme], "from": [options.range] if options.range else []}
        for pair in options.parameters:
            name, _, value = pair.partition("=")
            chosen.setdefault(name, []).append(value)
        body = PanelPictures(app.boards).pdf(board, board_request(chosen, board, app.boards.report_zone)).plain
        options.to.write_bytes(body)
    except (QueryError, OSError) as error:
        complain(f"The report was not written: {error}\n")
        return 1
    finally:
        app.engine.close()
    output(f"{options.to}: {len(body):,} bytes\n")
    return 0
