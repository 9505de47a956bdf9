"""Links of values: what they are filled with, and that no value or template leads to another scheme or host."""

from __future__ import annotations

import re

import numpy as np
import pytest

from panels import draw
from panels.links import is_safe, last_value, of_series
from panels.spec import Column, DrawContext, Drawing, Lines, Link, Panel, Query, Table, View
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
