"""Named playlists of walls: a TOML file with a table for each display.

[lobby]
boards = ["overview", "endpoint?endpoint=/v1/chat/completions"]   # the second with a filter of its own
every = "30s"                               # how long a screen stays
range = "now-6h"                            # of all boards; otherwise each has its own
theme = "dark"
zone = "Europe/Berlin"                      # otherwise that of the display
scale = 1.5                                 # of the text; 1 is legible from 4 m
screens = 5                                 # that a board may need; otherwise 3
filters = { environment = ["production"] }
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import parse_qs, quote, urlencode

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from queries.core.zones import zone_of

PREFIX: Final = "/kiosk/"
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,60}")
_SLIDE: Final = r"^[^,\s?]{1,100}(\?[^,\s?]{1,1000})?$"
MOST_BYTES: Final = 2**16
SCREENS: Final = 3  # of a board, as assets/src/kiosk-fit.js has it without a number


@dataclass(frozen=True)
class Slide:
    """A board of a wall, and the values of filters that only it has."""

    board: str
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of_text(cls, text: str) -> Slide:
        """The slide that is written as BOARD or as BOARD?LABEL=VALUE&LABEL=VALUE."""
        board, _, query = text.partition("?")
        return cls(board, parse_qs(query))


def slides_of(texts: Sequence[str]) -> list[Slide]:
    """The slides of the parameter `boards`, which separates them by commas."""
    return [Slide.of_text(text) for text in ",".join(texts).split(",") if text]


def position_of(text: str) -> int:
    """The number of a slide from 0 in ASCII digits; 0 for other texts."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0


def _slide(text: str) -> str:
    _, question_mark, query = text.partition("?")
    if question_mark and not parse_qs(query):
        raise ValueError("write filters as BOARD?LABEL=VALUE, for example endpoint?endpoint=/v1/chat")
    return text


def _zone(name: str) -> str:
    if name not in ("", "utc") and zone_of(name) is None:
        raise ValueError("write a zone of the IANA list such as Europe/Berlin, or utc")
    return name


class Playlist(BaseModel):
    """What one display shows. Boards are shown in order, with one range, and filters unless they have their own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    boards: Annotated[
        list[Annotated[str, Field(pattern=_SLIDE), AfterValidator(_slide)]], Field(min_length=1, max_length=50)
    ]
    every: Annotated[str, Field(pattern=r"^\d{1,4}[smh]$")] = "30s"
    range: Annotated[str, Field(pattern=r"^(now-\d{1,5}[smhd])?$")] = ""
    theme: Literal["", "light", "dark"] = ""
    zone: Annotated[str, AfterValidator(_zone)] = ""
    scale: Annotated[float, Field(ge=0.1, le=10)] = 1.0
    screens: Annotated[int, Field(ge=1, le=50)] = SCREENS
    filters: dict[str, list[str]] = {}

    @property
    def slides(self) -> list[Slide]:
        """Its boards in order, each with the filters that it is shown with."""
        slides = map(Slide.of_text, self.boards)
        return [Slide(slide.board, {**self.filters, **slide.filters}) for slide in slides]

    def address(self, name: str, position: int = 0, signature: Sequence[tuple[str, str]] = ()) -> str:
        """The address of the wall at the slide with that position; `signature` is that of a display, with its name."""
        scale = "" if self.scale == 1 else f"{self.scale:g}"
        pairs = [("boards", ",".join(self.boards)), ("every", self.every), ("from", self.range)]
        screens = "" if self.screens == SCREENS else str(self.screens)
        pairs += [("theme", self.theme), ("tz", self.zone), ("scale", scale), ("screens", screens)]
        pairs += [("at", str(position % len(self.boards)))]
        pairs += [(label, value) for label, values in self.filters.items() for value in values]
        chosen = [(label, value) for label, value in (*pairs, *signature) if value]
        return f"{PREFIX}{name}?{urlencode(chosen, quote_via=quote, safe=',/:')}"


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
