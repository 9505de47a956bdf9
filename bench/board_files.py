"""What a folder of board files adds to the start.

    python -m bench.board_files [--quick]

200 files, each one of the built-in boards under another id and with queries of its own. `added_seconds`: processor time
of the process until every board is read, the median of fresh catalogs in fresh processes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from bench.common import arguments, finish, say
from pages import BOARDS
from pages.files.board import write
from panels.spec import Dashboard

FILES = 200
_CHILD = """\
import sys, time
from pathlib import Path
from app.board_catalog import BoardCatalog
import app.factory
begun = time.process_time()
boards = BoardCatalog(Path(sys.argv[1])).current()
print(time.process_time() - begun, len(boards.by_id), len(boards.problems))
"""


def numbered(board: Dashboard, number: int) -> Dashboard:
    """The board under another id, and with queries that differ from those of all other boards."""
    panels = tuple(
        replace(panel, queries=tuple(replace(query, expr=f"{query.expr} + {number}") for query in panel.queries))
        for panel in board.panels
    )
    return replace(board, id=f"board-{number}", panels=panels)


def main() -> None:
    """Write the files and read them in fresh processes."""
    options = arguments(__doc__)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for number, board in zip(range(FILES), cycle(BOARDS.values()), strict=False):
            (Path(name) / f"board-{number}.toml").write_text(write(numbered(board, number)), encoding="utf-8")
        times = []
        for _ in range(3 if options.quick else 10):
            command = [sys.executable, "-c", _CHILD, name]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            if answer[1:] != [str(FILES + len(BOARDS)), "0"]:
                raise SystemExit(f"not every file is a board: {answer}")
            times.append(float(answer[0]))
    say(f"{FILES} board files: {', '.join(f'{seconds:.2f}' for seconds in times)} s")
    finish(added_seconds=statistics.median(times), files=FILES)


if __name__ == "__main__":
    main()
