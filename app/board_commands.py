"""`codeagent-dashboards show BOARD` and `schema`: boards as files, and the JSON Schema of those files."""

from __future__ import annotations

import json
from collections.abc import Callable

from app.board_catalog import BoardCatalog
from app.settings import Settings
from pages.files.board import json_schema, write
from pages.files.problems import suggestion

Write = Callable[[str], object]


def show(settings: Settings, board_id: str, output: Write, complain: Write, *, as_yaml: bool = False) -> int:
    """Print a board as TOML or YAML; 2 if there is none with that id."""
    boards = BoardCatalog(settings.boards_dir).current()
    if board_id not in boards.by_id:
        complain(f"There is no board “{board_id}”. {suggestion(board_id, boards.by_id)}\n")
        return 2
    output(write(boards.by_id[board_id], as_yaml=as_yaml))
    return 0


def print_schema(output: Write) -> int:
    """Print the JSON Schema of board files."""
    output(json.dumps(json_schema(), indent=2) + "\n")
    return 0
