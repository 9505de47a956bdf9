"""Sparklines: a line of 24 points as inline SVG in the colour of the surrounding text."""

from __future__ import annotations

from typing import Final

import numpy as np
from markupsafe import Markup

from queries.metrics.frame import Floats

POINTS: Final = 24
WIDTH, HEIGHT, _PAD = 96, 24, 2.0


def sparkline(values: Floats, points: int = POINTS, *, ceiling: float | None = None) -> Markup:
    """`values` (n,) reduced to `points`, with gaps and a dot at the newest. Empty below two finite numbers.

    The height is that of the values, or from zero to `ceiling`.
    """
    reduced = thin(np.where(np.isfinite(values), values, np.nan), points)
    if np.count_nonzero(~np.isnan(reduced)) < 2:
        return Markup("")
    x = np.linspace(_PAD, WIDTH - _PAD, reduced.size)
    y = _heights(reduced) if ceiling is None else _heights_below(reduced, ceiling)
    path = _path(x, y)
    last = int(np.flatnonzero(~np.isnan(y))[-1])
    dot = f"M{x[last]:.1f} {y[last]:.1f}h0"
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true" fill="none">'
        f'<path class="spark-line" d="{path}"/><path class="spark-dot" d="{dot}"/></svg>'
    )


def thin(values: Floats, points: int) -> Floats:
    """At most `points` numbers: in each part the one farthest from the median, to keep spikes, and the last number."""
    if values.size <= points:
        return values
    if np.isnan(values).all():
        return values[-points:]
    distance = np.nan_to_num(np.abs(values - np.nanmedian(values)), nan=-1.0)  # NaN only where all of a part is NaN
    ends = np.cumsum([part.size for part in np.array_split(values, points)]).tolist()
    selected = [start + int(distance[start:end].argmax()) for start, end in zip([0, *ends], ends, strict=False)]
    selected[-1] = values.size - 1
    reduced: Floats = values[selected]
    return reduced


def _heights(values: Floats) -> Floats:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    # Noise of a few percent must not fill the height.
    spread = max(high - low, 0.15 * max(abs(high), abs(low)), 1e-12)
    middle = (high + low) / 2
    return _PAD + (HEIGHT - 2 * _PAD) * (0.5 - (values - middle) / spread)


def _heights_below(values: Floats, ceiling: float) -> Floats:
    return HEIGHT - _PAD - (HEIGHT - 2 * _PAD) * np.clip(values / ceiling, 0, 1)


def _path(x: Floats, y: Floats) -> str:
    parts, pen_down = [], False
    for left, top in zip(x, y, strict=True):
        if np.isnan(top):
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{left:.1f} {top:.1f}")
        pen_down = True
    return "".join(parts)
