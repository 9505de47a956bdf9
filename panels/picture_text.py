"""Text in Markdown, already HTML, as lines of SVG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from panels.fragment import Element
from panels.picture_shapes import Area, text, wrap

_BLOCKS: Final = frozenset(("p", "li", "tr", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"))
_SIZE: Final = 13
_STEP: Final = 20


def draw_text(prose: Element, area: Area) -> str:
    """The paragraphs, headings, items and table rows from the top; the last line says that more follows."""
    lines = [line for block in _blocks(prose) for line in _lines(block, area.width)]
    room = max(1, int(area.height / _STEP))
    if len(lines) > room:
        lines = [*lines[: room - 1], ("…", "var(--text-3)", 400)]
    return "".join(
        text(content, area.left, area.top + _STEP * number + 14, colour, _SIZE, weight=weight)
        for number, (content, colour, weight) in enumerate(lines)
    )


def _blocks(parent: Element) -> Iterator[Element]:
    """The innermost blocks, in their order."""
    for element in parent.elements:
        inner = list(_blocks(element))
        if element.name in _BLOCKS and not (inner and element.name in ("li", "blockquote")):
            yield element
        elif element.name == "li":
            yield Element("li", {}, [inner[0].text])
            yield from inner[1:]
        else:
            yield from inner


def _lines(block: Element, width: float) -> Iterator[tuple[str, str, int]]:
    is_heading = block.name.startswith("h")
    content = " | ".join(cell.text for cell in block.elements) if block.name == "tr" else block.text
    if block.name == "li":
        content = f"• {content}"
    for line in wrap(content, width, _SIZE):
        yield line, "var(--text)" if is_heading else "var(--text-2)", 700 if is_heading else 400
