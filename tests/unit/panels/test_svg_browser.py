"""The browser draws every figure as the server does: the first picture of a page stays when its data come."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.encode import OPTIONS
from panels import draw, svg
from panels.figure import firing_areas
from panels.spec import Firing, Status
from tests.panel_samples import samples
from tests.require import needs

ROOT = Path(__file__).resolve().parents[3]
SIZES = ((360, 200), (700, 260), (1_860, 420))
SCRIPT = """
import { draw } from "./assets/src/chart/draw.js";
let text = "";
for await (const chunk of process.stdin) text += chunk;
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const clock = {
  offsetAt: () => 0,
  text: (ms, form) => {
    const date = new Date(ms), iso = date.toISOString();
    const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
    const minute = iso.slice(11, 16);
    return { second: iso.slice(11, 19), minute, day, "day-minute": `${day} ${minute}` }[form];
  },
};
const drawn = JSON.parse(text).map(([figure, width, height]) => draw(figure, { width, height }, clock).svg);
process.stdout.write(JSON.stringify(drawn));
"""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TOLERANCE = 0.11  # pixels: the two languages round a tie to different sides


def figures() -> dict[str, Mapping[str, Any]]:
    """The figure of each sample that has one."""
    drawings = {sample.panel.id: draw(sample.panel, sample.frames, sample.context) for sample in samples()}
    known: dict[str, dict[str, Any]] = {
        name: dict(drawing.figure) for name, drawing in drawings.items() if drawing.figure is not None
    }
    low, high = known["errors"]["layout"]["xaxis"]["range"]
    span = Firing((0.75 * low + 0.25 * high) / 1_000, high / 1_000 + 60, "High <rate>", Status.CRITICAL)
    heatmap = next(name for name, figure in known.items() if figure["data"] and figure["data"][0]["type"] == "heatmap")
    fired = {f"{name} with a firing": firing_areas(known[name], (span,)) for name in ("errors", heatmap)}
    return {**known, **fired}


@pytest.fixture(scope="module")
def browser_pictures() -> dict[tuple[str, int], str]:
    """What the browser's script draws, by figure and width."""
    cases = [(name, figure, *size) for name, figure in figures().items() for size in SIZES]
    body = orjson.dumps([case[1:] for case in cases], option=OPTIONS)
    command = [needs("node"), "--input-type=module", "--no-warnings", "-e", SCRIPT]
    output = subprocess.run(command, cwd=ROOT, input=body, capture_output=True, check=True).stdout
    return {(case[0], case[2]): picture for case, picture in zip(cases, json.loads(output), strict=True)}


@pytest.mark.parametrize("width", [width for width, _ in SIZES])
@pytest.mark.parametrize("name", sorted(figures()))
def test_the_browser_draws_a_figure_as_the_server_does(
    browser_pictures: Mapping[tuple[str, int], str], name: str, width: int
) -> None:
    expected = svg.render(figures()[name], width, dict(SIZES)[width]).replace(' role="img"', "")
    drawn = browser_pictures[name, width]

    assert _texts(drawn) == _texts(expected)
    places = zip(_numbers(drawn), _numbers(expected), strict=True)
    assert [pair for pair in places if abs(pair[0] - pair[1]) > TOLERANCE] == []


def _texts(picture: str) -> str:
    """A picture without its numbers; a minus sign may stand for the space before a number."""
    return re.sub(r"[ -]?#", "#", NUMBER.sub("#", _entities(picture)))


def _numbers(picture: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(_entities(picture))]


def _entities(picture: str) -> str:
    return picture.replace("&#x27;", "'")
