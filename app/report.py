"""`codeagent-dashboards report BOARD --range RANGE --to FILE --send FILE`: a board as PDF, for cron.

It is written to a file, or sent to mail or chat by addresses of apprise, each in a file of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from app.alerting.channels import AppriseChannel
from app.panel_pictures import pictures_of
from app.picture_request import board_request
from app.repeats import Repeats
from app.settings import Settings
from app.sources import engine_of
from pages.files.problems import suggestion
from panels.spec import Dashboard
from queries.core.errors import QueryError

Write = Callable[[str], object]
DEADLINE_SECONDS = 60.0


@dataclass(frozen=True)
class ReportOptions:
    """What to write and where; `parameters` are those of a board's address, such as `environment=production`.

    `send_to` are files that contain an address of apprise each.
    """

    board: str
    to: Path | None = None
    range: str = ""
    theme: str = "light"
    parameters: tuple[str, ...] = ()
    send_to: tuple[Path, ...] = ()


def report(settings: Settings, options: ReportOptions, output: Write, complain: Write) -> int:
    """Write and send a board as PDF; 1 if that failed somewhere, 2 if an option is not valid."""
    from app.factory import create_app

    if options.to is None and not options.send_to:
        complain("Nothing to do: name a file with --to, or a channel with --send.\n")
        return 2

    patient = settings.model_copy(update={"deadline_seconds": DEADLINE_SECONDS})
    app = create_app(patient, engine_of(patient, time.time))
    try:
        known = app.boards.catalog.current().by_id
        if options.board not in known:
            complain(f"There is no board “{options.board}”. {suggestion(options.board, known)}\n")
            return 2
        chosen: dict[str, list[str]] = {"theme": [options.theme], "from": [options.range] if options.range else []}
        for pair in options.parameters:
            name, _, value = pair.partition("=")
            chosen.setdefault(name, []).append(value)
        board = app.boards.offer().board(Repeats(app.boards).of_query(known[options.board], chosen))
        body = pictures_of(settings, app.boards).pdf(board, board_request(chosen, board, app.boards.report_zone)).plain
        if options.to is not None:
            options.to.write_bytes(body)
            output(f"{options.to}: {len(body):,} bytes\n")
    except (QueryError, OSError) as error:
        complain(f"The report was not written: {error}\n")
        return 1
    finally:
        app.engine.close()
    failures = _sent(settings, options, board, body)
    for failure in failures:
        complain(f"The report was not sent: {failure}\n")
    return 1 if failures else 0


def _sent(settings: Settings, options: ReportOptions, board: Dashboard, body: bytes) -> list[str]:
    """Send the PDF by every channel; the reasons of those that did not take it."""
    now = datetime.now(ZoneInfo(settings.report_timezone))
    title = f"{board.title}, {now:%-d %b %Y %H:%M %Z}"
    text = f"{settings.public_url}{board.path}" if settings.public_url else board.question
    with TemporaryDirectory(prefix="report-") as folder:
        path = Path(folder) / f"{board.id}-{now:%Y-%m-%d}.pdf"  # services show the name
        path.write_bytes(body)
        channels = [AppriseChannel(url_file.name, url_file, settings.public_url) for url_file in options.send_to]
        return [reason for channel in channels if (reason := channel.send_file(title, text, path))]
