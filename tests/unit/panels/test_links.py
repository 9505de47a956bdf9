"""Links of values: what they are filled with, and that no value or template leads to another scheme or host."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from panels import draw
from panels.fragment import parse
from panels.links import is_safe, last_value, of_series
from panels.spec import (
    NO_THRESHOLDS,
    Bars,
    BucketHeatmap,
    Cards,
    CellGroup,
    Cells,
    Column,
    DrawContext,
    Drawing,
    LabelHeatmap,
    Lines,
    Link,
    Panel,
    Pie,
    Query,
    Table,
    Tile,
    Timeline,
    ValueWord,
    View,
)
from queries.core.time_range import Window
from queries.metrics.frame import Frame

WINDOW = Window(60, 180, 60)
HOSTILE = "a/../?x=1&javascript:<b>\\ #"


def panel(url: str, view: View | None = None, title: str = "Open {{pod}}") -> Panel:
    links = (Link(title, url),)
    return Panel(id="p", title="P", view=view or Lines(), queries=(Query("x", "{{pod}}"),), links=links)


def drawn(of: Panel, pod: str = "a") -> Drawing:
    frame = Frame(WINDOW.times(), ({"pod": pod},), np.array([[1.0, 2.0, 2.5]]))
    return draw(of, (frame,), DrawContext(WINDOW))


def test_labels_value_name_and_range_are_filled_in_and_encoded() -> None:
    url = "https://e.com/{{pod}}?n={{__name}}&v={{__value}}&from={{__from}}&to={{__to}}&gone={{zone}}"

    (target,) = last_value(of_series(panel(url), {"pod": HOSTILE}, "n 1", WINDOW), 2.5)

    encoded = "a%2F..%2F%3Fx%3D1%26javascript%3A%3Cb%3E%5C%20%23"
    assert target.url == f"https://e.com/{encoded}?n=n%201&v=2.5&from=60000&to=180000&gone="
    assert target.title == f"Open {HOSTILE}"


@pytest.mark.parametrize(
    "url", ["https://e.com", "http://e.com:8080/a?b={{pod}}#c", "/overview?endpoint={{ endpoint }}", "/", "/traces"]
)
def test_web_addresses_and_own_paths_are_safe(url: str) -> None:
    assert is_safe(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "ftp://e.com",
        "//e.com",
        "/\\e.com",
        "https://{{pod}}/",
        "https://e.com{{pod}}",
        "{{pod}}",
        "https://user@e.com",
        "https:e.com",
        " https://e.com",
        "https://e.com/a b",
        "https://e.com/{x",
        "https://e.com/\n",
        "https://e.com/\x00",
        "",
        "mailto:a@b",
    ],
)
def test_all_else_is_refused_and_not_drawn(url: str) -> None:
    assert not is_safe(url)
    assert "<a " not in drawn(panel(url)).legend


def test_a_legend_has_a_link_that_other_sites_learn_nothing_from() -> None:
    drawing = drawn(panel("https://e.com/{{pod}}?v={{__value}}"), "<b>")

    (link,) = re.findall(r"<a [^>]*>", drawing.legend)
    assert 'href="https://e.com/%3Cb%3E?v=2.5"' in link
    assert 'rel="noopener noreferrer"' in link
    assert "<b>" not in link
    assert drawing.figure is not None
    trace = drawing.figure["data"][0]  # type: ignore[index]
    assert trace["meta"]["links"] == [["Open <b>", "https://e.com/%3Cb%3E?v={{__value}}"]]


def test_the_name_of_a_row_is_its_link_and_own_paths_stay_on_the_page() -> None:
    table = Table(("pod",), (Column("Value", 0),))

    html = drawn(panel("/logs?q={{pod}}&v={{__value}}", table)).html

    (link,) = re.findall(r"<a [^>]*>", html)
    assert 'href="/logs?q=a&amp;v=2.5"' in link
    assert "target" not in link


@pytest.mark.parametrize(
    "view",
    [
        Bars(),
        Pie(),
        LabelHeatmap(),
        BucketHeatmap(),
        Timeline(values=(ValueWord("on", 1.0, None),)),
    ],
    ids=lambda view: type(view).__name__,
)
def test_rows_of_charts_have_their_links_for_the_menu_of_a_point(view: View) -> None:
    of = panel("https://e.com/{{pod}}{{le}}?v={{__value}}", view)
    labels = {"le": "10"} if isinstance(view, BucketHeatmap) else {"pod": HOSTILE}
    frame = Frame(WINDOW.times(), (labels,), np.array([[1.0, 2.0, 2.5]]))

    figure = draw(of, (frame,), DrawContext(WINDOW)).figure

    assert figure is not None
    (rows,) = [trace["meta"]["row_links"] for trace in figure["data"]]  # type: ignore[attr-defined]
    encoded = "10" if isinstance(view, BucketHeatmap) else "a%2F..%2F%3Fx%3D1%26javascript%3A%3Cb%3E%5C%20%23"
    assert rows[0][0][1] == f"https://e.com/{encoded}?v={{{{__value}}}}"


def test_the_sum_of_others_has_no_link_and_without_links_nothing_is_sent() -> None:
    frame = Frame(WINDOW.times(), tuple({"pod": name} for name in "abc"), np.ones((3, 3)))
    bars = Bars(share=True, top=1)

    linked = draw(panel("https://e.com/{{pod}}", bars), (frame,), DrawContext(WINDOW)).figure
    plain = draw(replace(panel("", bars), links=()), (frame,), DrawContext(WINDOW)).figure

    assert linked is not None
    assert plain is not None
    rows = linked["data"][0]["meta"]["row_links"]  # type: ignore[index]
    assert [len(targets) for targets in rows] == [0, 1]
    assert "row_links" not in plain["data"][0]["meta"]  # type: ignore[index]


@pytest.mark.parametrize(
    "view",
    [Tile(), Cells((CellGroup("", 0, NO_THRESHOLDS),)), Cards("pod", (Column("Up", 0),)), Pie()],
    ids=lambda view: type(view).__name__,
)
def test_numbers_and_names_are_links_that_other_sites_learn_nothing_from(view: View) -> None:
    drawing = drawn(panel("https://e.com/{{pod}}?v={{__value}}", view), "<b>")

    (link,) = re.findall(r"<a [^>]*>", drawing.html + drawing.legend)
    assert 'href="https://e.com/%3Cb%3E?v=2.5"' in link
    assert 'rel="noopener noreferrer"' in link


@pytest.mark.parametrize("view", [Tile(), Cells((CellGroup("", 0, NO_THRESHOLDS),)), Bars(), Pie(), Timeline()])
@pytest.mark.parametrize("url", ["javascript:alert(1)", "//e.com", "https://{{pod}}/"])
def test_unsafe_links_are_drawn_nowhere(view: View, url: str) -> None:
    drawing = drawn(panel(url, view))

    assert "<a " not in drawing.html + drawing.legend
    assert url not in str(drawing.figure)


def test_a_cell_of_a_table_is_the_link_of_its_column() -> None:
    errors = Column("Errors", 1, links=(Link("Errors of {{pod}}", "https://e.com/{{pod}}?v={{__value}}"),))
    of = Panel(id="p", title="P", view=Table(("pod",), (Column("Value", 0), errors)), queries=(Query("x"), Query("y")))
    values = Frame(WINDOW.times(), ({"pod": "a b"}, {"pod": "c"}), np.array([[1.0, 1, 1], [2.0, 2, 2]]))
    some = Frame(WINDOW.times(), ({"pod": "a b"},), np.array([[7.0, 7, 7]]))

    html = draw(of, (values, some), DrawContext(WINDOW)).html

    (link,) = re.findall(r"<a [^>]*>[^<]*</a>", html)  # none where there is no value
    assert 'href="https://e.com/a%20b?v=7"' in link
    assert link.endswith(">7</a>")


def test_a_picture_has_the_words_without_the_arrows() -> None:
    links = (Link("One", "https://e.com/1"), Link("Two", "https://e.com/2"))
    of = replace(panel("", Table(("pod",), (Column("Value", 0),))), links=links)

    assert "↗" in drawn(of).html
    assert "↗" not in parse(drawn(of).html).text
