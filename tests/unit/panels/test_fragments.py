"""HTML fragments: hostile labels are text, sorting and drilling have what they need, missing is not zero."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from panels import draw
from panels.spec import Column, DrawContext, Drill, Panel, Query, RowChoice, Status, Table, Thresholds, Tile, Unit, View
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from tests.panel_samples import END, WINDOW, now, samples, series

EVERY = {sample.panel.id: sample for sample in samples()}
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


class Outline(HTMLParser):
    """The elements of a fragment."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_hostile_label_values_are_shown_as_text(sample: object) -> None:
    panel, frames, context = sample.panel, sample.frames, sample.context  # type: ignore[attr-defined]
    hostile = tuple(
        Frame(
            original.times,
            tuple(
                {name: HOSTILE if name != "le" else value for name, value in labels.items()}
                for labels in original.labels
            ),
            original.values,
        )
        for original in frames
    )
    drawing = draw(panel, hostile, context)
    for fragment in (drawing.html, drawing.legend):
        parsed = Outline(fragment)
        assert not [tag for tag, attributes in parsed.tags if tag in ("img", "script") or "onerror" in attributes]


def tile(values: np.ndarray, before: float | None = None, view: Tile | None = None, unit: Unit = Unit.COUNT) -> Outline:
    """A tile's fragment."""
    panel = Panel(
        id="t", title="T", unit=unit, view=view or Tile(), queries=(Query("x"),), description="", empty_message=""
    )
    earlier = () if before is None else (Frame(np.array([END]), ({},), np.array([[before]])),)
    return Outline(draw(panel, (series(values),), DrawContext(WINDOW, day_before=earlier)).html)


def test_a_tile_shows_the_newest_number_and_its_change() -> None:
    outline = tile(np.full(WINDOW.points, 112.0), 100.0)
    assert "112" in outline.text
    assert "↑ 12 %" in outline.text
    assert "vs yesterday" in outline.text


@pytest.mark.parametrize(("bad", "good"), [(True, "no"), (False, "yes"), (None, "neutral")])
def test_a_rise_is_judged_by_what_the_number_means(bad: bool | None, good: str) -> None:
    outline = tile(np.full(WINDOW.points, 112.0), 100.0, Tile(rising_is_bad=bad))
    assert [attributes["data-good"] for _, attributes in outline.tags if "data-good" in attributes] == [good]


def test_a_small_change_is_no_news() -> None:
    outline = tile(np.full(WINDOW.points, 104.0), 100.0, Tile(rising_is_bad=True))
    assert [attributes["data-good"] for _, attributes in outline.tags if "data-good" in attributes] == ["neutral"]


@pytest.mark.parametrize(("now_percent", "good"), [(28.5, "neutral"), (0.9, "neutral"), (45.0, "no")])
def test_a_change_of_a_percentage_is_news_when_it_is_large_and_more_than_a_point(now_percent: float, good: str) -> None:
    before = 0.4 if now_percent < 1 else 31.0
    outline = tile(np.full(WINDOW.points, now_percent), before, Tile(rising_is_bad=True), Unit.PERCENT)
    assert [attributes["data-good"] for _, attributes in outline.tags if "data-good" in attributes] == [good]


@pytest.mark.parametrize(("value", "before"), [(1.0, 1.0), (0.0, 0.0), (100.02, 100.0)])
def test_a_number_that_did_not_change_is_unchanged(value: float, before: float) -> None:
    text = tile(np.full(WINDOW.points, value), before).text
    assert "unchanged" in text
    assert "0 %" not in text


def test_an_old_number_is_not_shown_as_now() -> None:
    values = np.full(WINDOW.points, 5.0)
    values[-20:] = np.nan
    outline = tile(values, 4.0)
    assert "–" in outline.text
    assert "no current value" in outline.text


def test_a_number_a_few_steps_old_is_still_now() -> None:
    values = np.full(WINDOW.points, 5.0)
    values[-3:] = np.nan
    assert "5" in tile(values).text


def test_zero_is_a_number() -> None:
    assert "–" not in tile(np.zeros(WINDOW.points), 0.0).text


def test_a_gauge_marks_where_its_zones_begin() -> None:
    view = Tile(Thresholds(1, 5), gauge=(0, 10))
    outline = tile(np.full(WINDOW.points, 2.5), None, view, Unit.PERCENT)
    styles = [attributes["style"] for _, attributes in outline.tags if "style" in attributes]
    assert styles == ["width:25.0%", "left:10.0%", "left:50.0%"]


def test_a_worrying_tile_says_so_in_word_and_shape_and_a_good_one_is_quiet() -> None:
    bad = tile(np.full(WINDOW.points, 7.3), None, Tile(Thresholds(1, 5)), Unit.PERCENT)
    assert "critical" in bad.text
    assert any(attributes.get("data-status") == "critical" for tag, attributes in bad.tags if tag == "span")
    assert tile(np.full(WINDOW.points, 0.3), None, Tile(Thresholds(1, 5)), Unit.PERCENT).text.count("normal") == 0


def test_the_sparkline_keeps_a_spike() -> None:
    from panels.sparkline import thin

    values = np.ones(1_000)
    values[517] = 90
    assert thin(values, 24).max() == 90
    assert thin(values, 24).size == 24


def test_sparklines_with_a_ceiling_share_one_scale() -> None:
    from panels.sparkline import sparkline

    def heights(*values: float) -> set[float]:
        return {float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", str(sparkline(np.array(values), ceiling=100)))}

    assert heights(100, 100) == {2}
    assert heights(0, 0) == {22}
    assert heights(50, 120) == {12, 2}  # above the ceiling is at the ceiling


def row_names(outline: Outline) -> list[str]:
    """The names of a table's rows, from top to bottom."""
    return [str(attributes["title"]) for tag, attributes in outline.tags if attributes.get("scope") == "row"]


def table(frames: tuple[Frame, ...], view: Table, drill: Drill | None = None, rows: RowChoice | None = None) -> Outline:
    """A table's fragment."""
    panel = Panel(
        id="t",
        title="T",
        unit=Unit.COUNT,
        view=view,
        queries=tuple(Query("x") for _ in frames),
        description="",
        empty_message="",
        drill=drill,
    )
    return Outline(draw(panel, frames, DrawContext(WINDOW, rows=rows or RowChoice())).html)


def endpoint(values: dict[str, float]) -> Frame:
    """The answer of an instant query by endpoint."""
    return now({(("endpoint", name),): value for name, value in values.items()})


def test_rows_are_joined_by_key_and_sorted_by_the_chosen_column() -> None:
    view = Table(("endpoint",), (Column("p95", 1), Column("Rate", 0)))
    outline = table((endpoint({"/a": 1, "/b": 2}), endpoint({"/b": 20, "/a": 30, "/c": 40})), view)
    assert row_names(outline) == ["/c", "/a", "/b"]
    assert "–" in outline.text  # /c has no rate


def test_missing_numbers_sort_as_missing_and_last() -> None:
    view = Table(("endpoint",), (Column("p95", 0),))
    frames = (endpoint({"/a": float("nan"), "/b": 2, "/c": 1}),)
    assert row_names(table(frames, view)) == ["/b", "/c", "/a"]
    assert row_names(table(frames, view, rows=RowChoice("p95"))) == ["/c", "/b", "/a"]


def test_a_share_is_of_the_whole_column_and_its_bar_of_the_largest() -> None:
    view = Table(("endpoint",), (Column("Share", 0, Unit.PERCENT, bar=True, share=True),), top=1)
    outline = table((endpoint({"/a": 30, "/b": 10}),), view)
    assert "75 %" in outline.text
    assert [attributes["style"] for _, attributes in outline.tags if "style" in attributes] == ["width:100.0%"]


def test_a_row_leads_to_the_value_of_the_drills_label() -> None:
    view = Table(("endpoint",), (Column("n", 0),))
    outline = table((endpoint({"/a": 1}),), view, Drill("/endpoint", "endpoint"))
    assert [attributes.get("data-drill") for tag, attributes in outline.tags if tag == "tr"][1:] == ["/a"]
    assert [attributes["href"] for tag, attributes in outline.tags if tag == "a"] == ["/endpoint?endpoint=%2Fa"]


def test_a_table_marks_worrying_numbers_by_shape_word_and_colour() -> None:
    view = Table(("endpoint",), (Column("Errors", 0, Unit.PERCENT, thresholds=Thresholds(1, 5)),))
    outline = table((endpoint({"/a": 7.0}),), view)
    assert any(tag == "td" and attributes.get("data-status") == "critical" for tag, attributes in outline.tags)
    assert any(tag == "svg" for tag, _ in outline.tags)
    assert any(attributes.get("title") == "critical" for _, attributes in outline.tags)


def test_a_quantile_at_its_cap_is_shown_as_more_than_it() -> None:
    assert "> 80 s" in Outline(draw(EVERY["slowest"].panel, EVERY["slowest"].frames, DrawContext(WINDOW)).html).text
    capped = EVERY["capped"]
    assert "> 80" in Outline(draw(capped.panel, capped.frames, capped.context).html).text


def test_a_cell_without_a_number_is_unknown_and_a_group_without_cells_says_so() -> None:
    health = EVERY["health"]
    drawing = draw(
        health.panel, (*health.frames[:1], health.frames[1].where(lambda _: False), *health.frames[2:]), health.context
    )
    outline = Outline(drawing.html)
    assert "no data" in outline.text
    states = [attributes.get("data-status") for _, attributes in outline.tags if attributes.get("class") == "cell"]
    assert "unknown" in states
    assert drawing.status is Status.CRITICAL


def test_a_card_shows_its_state_in_the_views_words_and_availability_with_two_decimals() -> None:
    outline = Outline(draw(EVERY["providers"].panel, EVERY["providers"].frames, DrawContext(WINDOW)).html)
    assert "down" in outline.text
    assert "99.95 %" in outline.text
    drills = [attributes.get("data-drill") for _, attributes in outline.tags if attributes.get("class") == "card"]
    assert drills == ["anthropic", "mistral", "openai"]


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_fragments_have_no_handlers_and_no_outside_addresses(sample: object) -> None:
    drawing = draw(sample.panel, sample.frames, sample.context)  # type: ignore[attr-defined]
    assert not re.search(r"\son\w+=|https?://|javascript:", drawing.html + drawing.legend)


def test_every_status_has_a_shape_of_its_own() -> None:
    from panels import status

    shapes = [str(status.icon(value)) for value in Status if value is not Status.NONE]
    assert len(set(shapes)) == len(shapes) == 5
    assert str(status.icon(Status.NONE)) == ""


def test_a_tile_says_when_its_query_has_several_series() -> None:
    panel = Panel(id="p", title="P", view=Tile(), queries=(Query("x"),))
    rows = {(("instance", name),): np.array([1.0, 2.0]) for name in ("a", "b")}
    window = Window(0, 15, 15)
    frames = (Frame(window.times(), tuple(map(dict, rows)), np.array(list(rows.values()))),)

    assert draw(panel, frames, DrawContext(window)).notes == ("Showing the first of 2 series: choose a filter",)


def test_all_view_kinds_have_a_sample() -> None:
    from panels.registry import BUILDERS

    kinds: set[type[View]] = {type(sample.panel.view) for sample in EVERY.values()}
    assert kinds == set(BUILDERS)
