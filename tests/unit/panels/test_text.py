"""Text in Markdown: nothing in it becomes an element, a script or a request to another server."""

from __future__ import annotations

import re

import pytest

from panels import draw
from panels.spec import DrawContext, Panel, Row, Text
from queries.core.time_range import Window


def html(markdown: str) -> str:
    return draw(Panel(id="text", title="T", view=Text(markdown)), (), DrawContext(Window(0, 60, 15))).html


def test_headings_lists_tables_and_links_are_html() -> None:
    text = html("# A\n\n- b\n\n| c | d |\n| - | - |\n| 1 | 2 |\n\n[e](https://example.org/)")

    for part in ("<h1>A</h1>", "<li>b</li>", "<td>1</td>", '<a href="https://example.org/">e</a>'):
        assert part in text


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html;base64,xxxx)",
        "![a](https://example.org/pixel.png)",
        '[a](https://x/ "\\" onclick=\\"b")',
        "```\n</code><script>\n```",
    ],
)
def test_hostile_markdown_stays_text(markdown: str) -> None:
    written = html(markdown)

    assert not re.search(r"<(script|img|iframe)|href=\"(javascript|data)|\" onclick=", written), written


def test_a_row_is_only_its_title() -> None:
    drawing = draw(Panel(id="row", title="Group", view=Row()), (), DrawContext(Window(0, 60, 15)))

    assert drawing.alt == "Group"
    assert re.sub("<[^>]*>", "", drawing.html) == ""
