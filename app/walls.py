"""Named playlists of walls: a TOML file with a table for each display.

[lobby]
boards = ["overview", "providers"]
every = "30s"                               # how long a screen stays
range = "now-6h"                            # of all boards; otherwise each has its own
theme = "dark"
zone = "utc"                                # otherwise that of the display
scale = 1.5                                 # of the text; 1 is legible from 4 m
filters = { environment = ["production"] }
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import quote, urlencode

from flask import Flask, Response, redirect, request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,60}")
_BOARD: Final = r"^[^,\s]{1,100}$"
MOST_BYTES: Final = 2**16


class Playlist(BaseModel):
    """What one display shows. Boards are shown in order, each with the same range and filters."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    boards: Annotated[list[Annotated[str, Field(pattern=_BOARD)]], Field(min_length=1, max_length=50)]
    every: Annotated[str, Field(pattern=r"^\d{1,4}[smh]$")] = "30s"
    range: Annotated[str, Field(pattern=r"^(now-\d{1,5}[smhd])?$")] = ""
    theme: Literal["", "light", "dark"] = ""
    zone: Literal["", "utc"] = ""
    scale: Annotated[float, Field(ge=0.1, le=10)] = 1.0
    filters: dict[str, list[str]] = {}

    def address(self, name: str, position: str) -> str:
        """The address of the wall at the board with that position, which is a number from 0 in ASCII digits."""
        scale = "" if self.scale == 1 else f"{self.scale:g}"
        pairs = [("playlist", name), ("boards", ",".join(self.boards)), ("every", self.every), ("from", self.range)]
        pairs += [("theme", self.theme), ("tz", self.zone), ("scale", scale), ("at", position)]
        pairs += [(label, value) for label, values in self.filters.items() for value in values]
        chosen = [(label, value) for label, value in pairs if value]
        return f"/kiosk?{urlencode(chosen, quote_via=quote, safe=',/:')}"


Playlists = Mapping[str, Playlist]
_TABLES: Final = TypeAdapter(dict[str, Playlist])


def load(path: Path) -> Playlists:
    """The playlists of a file by name. Raises ValueError with a sentence for each problem, and OSError."""
    text = path.read_text(encoding="utf-8")
    if len(text) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES:,} characters")
    try:
        playlists = _TABLES.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise ValueError(f"it is not valid TOML: {problem}") from None
    except ValidationError as problem:
        errors = problem.errors(include_url=False, include_context=False, include_input=False)
        places = [f"[{error['loc'][0]}] {'.'.join(map(str, error['loc'][1:]))}: {error['msg']}" for error in errors]
        raise ValueError("; ".join(places)) from None
    for name in playlists:
        if not _NAME.fullmatch(name):
            raise ValueError(f"“{name[:60]}” is not a valid name; write letters, digits, hyphens and underscores")
    return playlists


def serve(server: Flask, playlists: Playlists) -> None:
    """Answer `/kiosk/NAME` with a redirect to the wall of that playlist."""

    @server.before_request
    def wall() -> Response | None:
        if not request.path.startswith("/kiosk/"):
            return None
        name = request.path.removeprefix("/kiosk/")
        if name not in playlists:
            known = ", ".join(playlists)
            return Response(f"There is no such playlist. Known are: {known}.\n", 404, mimetype="text/plain")
        position = request.args.get("at", "0")
        address = playlists[name].address(name, position if re.fullmatch("[0-9]{1,4}", position) else "0")
        return redirect(address)  # type: ignore[return-value]
