"""What a picture's address asks for: the board's state, and size, scale, theme and time zone of the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args
from zoneinfo import ZoneInfo

from app.state import State, canonical, parse
from panels.spec import Dashboard, Panel, Tile
from panels.themes import Theme
from queries.core.errors import InvalidInput
from queries.core.zones import zone_of

WIDTHS: Final = (200, 3_840)
HEIGHTS: Final = (120, 2_160)
SCALES: Final = (0.5, 4.0)
MOST_PIXELS: Final = 3_840 * 2_160
CHART_SIZE: Final = (800, 400)
TILE_SIZE: Final = (360, 220)
Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class PictureRequest:
    """A valid request; `width` and `height` are in pixels before `scale`."""

    state: State
    width: int
    height: int
    scale: float
    theme: Theme
    zone: ZoneInfo

    @property
    def key(self) -> str:
        """The same for requests of the same picture."""
        return f"{canonical(self.state)}&{self.width}x{self.height}@{self.scale:g}&{self.theme}&{self.zone.key}"


def picture_request(parameters: Parameters, board: Dashboard, panel: Panel, zone: ZoneInfo) -> PictureRequest:
    """The request of an address; `zone` counts where it names none. Raises InvalidInput naming the parameter."""
    usual = TILE_SIZE if isinstance(panel.view, Tile) else CHART_SIZE
    width = round(_number(parameters, "width", usual[0], WIDTHS))
    height = round(_number(parameters, "height", usual[1], HEIGHTS))
    scale = _number(parameters, "scale", 1.0, SCALES)
    if width * height * scale**2 > MOST_PIXELS:
        raise InvalidInput(
            "scale", f"The picture would have more than {MOST_PIXELS:,} pixels.", "Ask for a smaller size or scale."
        )
    points = "s" if width < 480 else "m" if width < 1_600 else "l"
    state = parse({**parameters, "w": [points]}, board)
    return PictureRequest(state, width, height, scale, chosen_theme(parameters), chosen_zone(parameters, zone))


def board_request(parameters: Parameters, board: Dashboard, zone: ZoneInfo) -> PictureRequest:
    """The request of a whole board, whose size is that of a page. Raises InvalidInput naming the parameter."""
    state = parse({**parameters, "w": ["m"]}, board)
    return PictureRequest(state, *CHART_SIZE, 1.0, chosen_theme(parameters), chosen_zone(parameters, zone))


def chosen_theme(parameters: Parameters) -> Theme:
    """The theme of an address, light unless it names one. Raises InvalidInput."""
    name = _last(parameters, "theme") or "light"
    for theme in get_args(Theme):
        if name == theme:
            return theme  # type: ignore[no-any-return]
    raise InvalidInput("theme", f"“{name[:40]}” is not a valid theme.", "Write light or dark.")


def chosen_zone(parameters: Parameters, default: ZoneInfo) -> ZoneInfo:
    """The time zone of an address. Raises InvalidInput."""
    name = _last(parameters, "tz")
    zone = zone_of("UTC" if name.lower() == "utc" else name) if name else default
    if zone is None:
        raise InvalidInput(
            "tz", f"“{name[:40]}” is not a valid time zone.", "Write one of the IANA list such as Europe/Berlin."
        )
    return zone


def _last(parameters: Parameters, name: str) -> str:
    return next(iter(reversed(parameters.get(name, ()))), "")


def _number(parameters: Parameters, name: str, default: float, limits: tuple[float, float]) -> float:
    text = _last(parameters, name)
    try:
        number = float(text) if text else default
    except ValueError:
        raise InvalidInput(name, f"“{text[:40]}” is not a valid number.", f"Write {name}={default:g}.") from None
    if not limits[0] <= number <= limits[1]:  # NaN is refused, too
        raise InvalidInput(
            name, f"“{text[:40]}” is not a valid {name}.", f"It lies between {limits[0]:g} and {limits[1]:g}."
        )
    return number
