"""The limits of providers are rows, the scarcest first, each for itself."""

from __future__ import annotations

import numpy as np
import pytest

from pages.limit_panels import LEFT
from panels import draw
from panels.spec import DrawContext, Panel, Status
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from tests.unit.panels.test_fragments import Outline, row_names

WINDOW = Window(0, 3_600, 60)
OPENAI, DAY, CLAUDE = ("openai", "gpt-4o", "minute"), ("openai", "gpt-4o", "day"), ("anthropic", "claude", "minute")


def frame(values: dict[tuple[str, str, str], float]) -> Frame:
    """The answer of an instant query by provider, model and window."""
    labels = tuple(dict(zip(("provider", "model", "window"), key, strict=True)) for key in values)
    return Frame(np.array([WINDOW.end]), labels, np.array(list(values.values()), dtype=float).reshape(-1, 1))


@pytest.mark.parametrize("panel", LEFT, ids=lambda panel: panel.id)
def test_the_scarcest_limit_is_the_first_row_and_gives_the_status(panel: Panel) -> None:
    left = frame({CLAUDE: 80, OPENAI: 4, DAY: 60})
    lasts = frame({OPENAI: 300})
    drawn = draw(panel, (left, lasts, left), DrawContext(WINDOW))
    outline = Outline(drawn.html)

    assert row_names(outline) == ["openai gpt-4o minute", "openai gpt-4o day", "anthropic claude minute"]
    assert "5 min" in outline.text
    assert drawn.status is Status.CRITICAL
    assert drawn.reason.startswith("openai gpt-4o minute, Left 4 %")


def test_limits_of_windows_and_models_are_judged_apart() -> None:
    for panel in LEFT:
        assert all("by (provider, model, window)" in query.expr for query in panel.queries)
        assert panel.queries[1].expr.endswith("< 3600")
