"""Characters that draw nothing or turn text round are shown; writing that needs such characters stays as it is."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.encode import board_json
from app.panel_view import BoardView, PanelState, PanelView
from panels import draw, svg
from panels.visible import visible, visible_name
from queries.metrics.frame import Frame
from tests.panel_samples import WINDOW, Sample, samples

UNSEEN = "\u202eevil\u2066\x1b[31m\u200b\ufeff\u2028\U000e0041"
FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb", "a⟨202E⟩b"),
        ("\x1b[31m", "␛[31m"),
        ("a\x7f", "a␡"),
        ("a\x85", "a⟨0085⟩"),
        ("a\u2028b", "a⟨2028⟩b"),
        ("\u061c1", "⟨061C⟩1"),
        ("ad\u00admin", "ad⟨00AD⟩min"),
        ("ad\u200dmin", "ad⟨200D⟩min"),
        ("a\ufe0f", "a⟨FE0F⟩"),
        ("\u3164", "⟨3164⟩"),
        ("x\U000e0041", "x⟨E0041⟩"),
        ("x\udc80", "x⟨DC80⟩"),
    ],
)
def test_unseen_characters_are_shown_by_their_number(text: str, expected: str) -> None:
    assert visible(text) == expected


@pytest.mark.parametrize(
    "text", ["plain", "naïve 日本語 שלום", "می\u200cخواهم", "क्\u200dष", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3", "a\n\tb"]
)
def test_writing_that_needs_joiners_and_selectors_stays(text: str) -> None:
    assert visible(text) == text


def test_a_name_shows_its_line_ends_too() -> None:
    assert visible_name("a\tb\n") == "a␉b␊"


@given(st.text())
def test_nothing_unseen_is_left_and_a_second_time_changes_nothing(text: str) -> None:
    text_ = visible_name(text)
    assert not {unicodedata.category(character) for character in text_} & FORBIDDEN
    assert not set(text_) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert visible_name(text_) == text_


def hostile(sample: Sample) -> tuple[Frame, ...]:
    """The sample's frames with unseen characters in every label."""
    return tuple(
        Frame(
            original.times,
            tuple(
                {name: value if name == "le" else f"{value}{UNSEEN}\n{number}" for name, value in labels.items()}
                for number, labels in enumerate(original.labels)
            ),
            original.values,
        )
        for original in sample.frames
    )


def texts(figure: object, key: str = "") -> list[str]:
    """Every text of a figure that is drawn; `rows` and `labels` are what a click passes on as it is."""
    if isinstance(figure, str):
        return [figure]
    if isinstance(figure, dict):
        return [text for name, value in figure.items() if name not in ("rows", "labels") for text in texts(value, name)]
    return [text for value in figure for text in texts(value, key)] if isinstance(figure, (list, tuple)) else []


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.panel.id)
def test_no_panel_draws_an_unseen_character_of_a_label(sample: Sample) -> None:
    drawing = draw(sample.panel, hostile(sample), sample.context)
    drawn = [drawing.html, drawing.legend]
    if drawing.figure is not None:
        drawn += [svg.render(drawing.figure, 600, 300), *texts(drawing.figure)]
    view = PanelView(sample.panel, PanelState.FRESH, drawing, ())
    body = json.loads(board_json("x", BoardView(WINDOW, 0.0, (view,)), None))["panels"][0]
    drawn += [body["alt"], *body["notes"]]
    for text in drawn:
        without_values = [part for part in text.split(" ") if not part.startswith(("data-drill", "href", "data-sort"))]
        assert visible(" ".join(without_values)) == " ".join(without_values)


def test_what_a_click_passes_on_is_the_label_as_it_is() -> None:
    sample = next(candidate for candidate in samples() if candidate.panel.drill and candidate.panel.id == "slowest")
    assert (
        f'data-drill="{next(iter(hostile(sample)[0].labels[0].values()))}"'
        in draw(sample.panel, hostile(sample), sample.context).html
    )
