"""Rows of tables, heatmaps and bars: the order, the page and the search concern all rows, and hide nothing bad."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from panels import draw, row_choice
from panels.spec import (
    Bars,
    Column,
    DrawContext,
    Drawing,
    Frames,
    LabelHeatmap,
    Panel,
    Query,
    RowChoice,
    Status,
    Table,
    Thresholds,
    Unit,
    View,
)
from tests.panel_samples import WINDOW, now

COUNT = 200
TABLE = Table(
    ("endpoint",),
    (
        Column("p95", 0, Unit.MILLISECONDS),
        Column("Share of time", 1, Unit.PERCENT, thresholds=Thresholds(50, 190)),
        Column("p95 over time", 0, spark=True),
    ),
)


def endpoints() -> Frames:
    """The answers of two instant queries: the first falls by the number of the endpoint, the second rises."""
    names = [f"/v1/item-{number:03}" for number in range(COUNT)]
    falling = {(("endpoint", name),): float(COUNT - number) for number, name in enumerate(names)}
    rising = {(("endpoint", name),): float(number) for number, name in enumerate(names)}
    return now(falling), now(rising)


def drawing(view: View, choice: RowChoice, frames: Frames | None = None) -> Drawing:
    panel = Panel(id="t", title="Endpoints", view=view, queries=(Query("x", "{{endpoint}}"), Query("y")))
    return draw(panel, endpoints() if frames is None else frames, DrawContext(WINDOW, rows=choice))


def row_names(drawn: Drawing) -> list[str]:
    """The rows of a table, from top to bottom."""
    return re.findall(r'scope="row" class="t-key" title="([^"]*)"', drawn.html)


def chart_names(drawn: Drawing) -> list[str]:
    """The rows of a figure, from top to bottom."""
    figure: Any = drawn.figure
    return list(reversed(figure["data"][0]["meta"]["names"])) if figure["data"] else []


def text(drawn: Drawing) -> str:
    """The pager as it is read."""
    return " ".join(re.sub(r"<[^>]*>", " ", drawn.legend).split())


def test_any_column_sorts_all_rows_and_not_only_those_of_the_first_page() -> None:
    assert row_names(drawing(TABLE, RowChoice()))[0] == "/v1/item-000"
    assert row_names(drawing(TABLE, RowChoice("-share-of-time")))[0] == "/v1/item-199"
    assert row_names(drawing(TABLE, RowChoice("-endpoint")))[0] == "/v1/item-199"
    assert row_names(drawing(TABLE, RowChoice("endpoint", page=2)))[0] == "/v1/item-010"


def test_a_header_sorts_the_largest_first_and_then_turns_the_order_and_the_usual_one_is_no_parameter() -> None:
    links = {
        choice: re.findall(r'data-rows="([^"]*)" data-keep-focus="sort', drawing(TABLE, RowChoice(choice)).html)
        for choice in ("", "p95", "-share-of-time")
    }
    assert links[""] == ["t.sort=endpoint&amp;t.page=", "t.sort=p95&amp;t.page=", "t.sort=-share-of-time&amp;t.page="]
    assert links["p95"][1] == "t.sort=&amp;t.page="
    assert links["-share-of-time"][2] == "t.sort=share-of-time&amp;t.page="


def test_the_pager_tells_how_many_rows_there_are_and_leads_to_the_others() -> None:
    assert text(drawing(TABLE, RowChoice())) == "1–10 of 200 ‹ Previous and 190 more ›"
    middle = drawing(TABLE, RowChoice(page=3))
    assert text(middle) == "21–30 of 200 ‹ Previous and 170 more ›"
    assert re.findall(r'data-rows="([^"]*)"', middle.legend) == ["t.page=2", "t.page=4"]
    assert re.findall(r'data-rows="([^"]*)"', drawing(TABLE, RowChoice(page=2)).legend)[0] == "t.page="


def test_a_page_behind_the_last_one_is_the_last_one() -> None:
    assert row_names(drawing(TABLE, RowChoice(page=999)))[-1] == "/v1/item-199"


def test_a_table_whose_rows_all_fit_has_no_pager() -> None:
    assert drawing(replace(TABLE, top=COUNT), RowChoice()).legend == ""


def test_a_search_has_all_its_words_in_any_order_and_case() -> None:
    few = drawing(TABLE, RowChoice(search="17 V1/ITEM"))
    assert text(few) == "1–10 of 12 matches in 200 ‹ Previous and 2 more ›"
    assert "/v1/item-017" in row_names(few)
    assert text(drawing(TABLE, RowChoice(search="item-017"))) == "1 of 1 matches in 200"


def test_a_search_without_a_match_says_so_and_can_be_changed() -> None:
    none = drawing(TABLE, RowChoice(search="nothing"))
    assert text(none) == "None of 200 rows matches"
    assert "No row has this name." in none.html
    assert drawing(LabelHeatmap(), RowChoice(search="nothing")).legend


def test_no_choice_of_rows_makes_a_bad_table_look_good() -> None:
    bad = replace(TABLE, sort=1)
    assert drawing(bad, RowChoice()).status is Status.CRITICAL
    assert drawing(bad, RowChoice(search="item-001")).status is Status.CRITICAL
    assert drawing(bad, RowChoice("share-of-time")).status is Status.CRITICAL
    bars = Bars(thresholds=Thresholds(100, 190), top=5)
    assert drawing(bars, RowChoice(search="item-199"), endpoints()[:1]).status is Status.CRITICAL


@pytest.mark.parametrize("view", [LabelHeatmap(log=False, top=20), Bars(top=20)])
def test_heatmaps_and_bars_show_the_largest_and_lead_to_the_rest(view: View) -> None:
    frames = endpoints()[:1]
    first = drawing(view, RowChoice(), frames)
    assert chart_names(first) == [f"/v1/item-{number:03}" for number in range(20)]
    assert "and 180 more" in text(first)
    assert chart_names(drawing(view, RowChoice(page=2), frames))[0] == "/v1/item-020"
    assert chart_names(drawing(view, RowChoice(search="item-19"), frames))[0] == "/v1/item-190"


def test_shares_are_of_the_whole_on_every_page_and_only_the_first_has_the_others() -> None:
    view = Bars(share=True, top=10)
    first, second = (drawing(view, RowChoice(page=page), endpoints()[:1]) for page in (1, 2))
    assert chart_names(first)[-1] == "190 others"
    assert chart_names(second)[-1] == "/v1/item-019"
    figure: Any = second.figure
    assert figure["data"][0]["text"][-1].endswith("0.95 %")  # 190 of 20,100


def test_columns_with_the_same_title_have_different_names_in_the_address() -> None:
    view = replace(TABLE, columns=(Column("Errors, %", 0), Column("Errors (%)", 1), Column("…", 1)))
    assert row_choice.column_ids(view) == ("endpoint", "errors", "errors-2", "column")
