"""Design tokens as colours: read from assets/tokens.css, for drawings outside the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

Theme = Literal["light", "dark"]

TOKENS_FILE: Final = Path(__file__).resolve().parent.parent / "assets" / "tokens.css"
_TOKEN: Final = re.compile(r"(--[\w-]+):\s*(#[0-9a-fA-F]{6})\b")
_COLOUR: Final = re.compile(r"var\((--[\w-]+)\)(?:/([\d.]+))?")


@cache
def tokens(theme: Theme) -> Mapping[str, str]:
    """Every colour token of a theme, `--text` → `#16191d`. Raises OSError or KeyError when the file lacks it."""
    for selector, block in re.findall(r"([^{}]+)\{([^{}]*)\}", TOKENS_FILE.read_text("utf-8")):
        if f'[data-theme="{theme}"]' in selector:
            return dict(_TOKEN.findall(block))
    raise KeyError(theme)


def parse(colour: str) -> tuple[str, float]:
    """`var(--a)/0.5` as (`--a`, 0.5). Raises ValueError for anything else."""
    match = _COLOUR.fullmatch(colour)
    if not match:
        raise ValueError(f"no token: {colour}")
    return match[1], float(match[2] or 1)


def css(colour: str, theme: Theme | None) -> tuple[str, float]:
    """A colour for CSS or SVG and its opacity: the token itself without a theme, its value with one."""
    token, alpha = parse(colour)
    return (f"var({token})" if theme is None else tokens(theme).get(token, "#888888")), alpha


def resolve(text: str, theme: Theme) -> str:
    """A text with the colours of a theme in place of `var(--token)`."""
    known = tokens(theme)
    return _COLOUR.sub(lambda match: known.get(match[1], "#888888"), text)


def mix(low: str, high: str, share: float, theme: Theme | None) -> str:
    """A mix of two colours; `share` (0 to 1) is the weight of `high`."""
    (first, _), (second, _) = css(low, theme), css(high, theme)
    if share <= 0 or first == second:
        return first
    if share >= 1:
        return second
    if theme is None:
        return f"color-mix(in srgb, {second} {share * 100:.0f}%, {first})"
    channels = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))
