"""What has no data: text in Markdown, and the heading of a group of panels."""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

from panels.markup import tag
from panels.spec import DrawContext, Drawing, Frames, Panel, Row, Text

# HTML in the text stays text, and links lead to web pages only; images would tell other servers who looks at a board.
MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def draw_text(panel: Panel, _frames: Frames, _context: DrawContext) -> Drawing:
    """The text as HTML."""
    view = panel.view
    assert isinstance(view, Text)
    inner = Markup(MARKDOWN.render(view.markdown))  # noqa: S704 - the renderer escapes what is not Markdown
    return Drawing(html=str(tag("div", inner, class_="prose")), alt=panel.title)


def draw_row(panel: Panel, _frames: Frames, _context: DrawContext) -> Drawing:
    """Nothing below the title."""
    assert isinstance(panel.view, Row)
    return Drawing(html=str(tag("div", class_="row-body")), alt=panel.title)
