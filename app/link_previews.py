"""What chats show of a link to a board or a panel: title, description, and a picture (https://ogp.me).

The picture of a page that was opened by a signed link shows what that link allows, and ends with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final
from urllib.parse import urlencode

from flask import Request

from app.board_page import BoardPage
from app.signed_links import PARAMETER, LinkScope, LinkSigner
from app.state import State, parse
from panels.spec import Bars, Lines, Panel, Pie, Timeline
from queries.core.errors import QueryError
from queries.core.time_range import DAY

SIZE: Final = (1_200, 630)  # pixels, the shape that chats show whole
DAYS: Final = 7  # of a signature that no link limits
PREVIEW: Final = "preview"  # the id of such signatures, which no list has
_CHARTS: Final = (Lines, Bars, Pie, Timeline)


@dataclass(frozen=True)
class LinkPreviews:
    """Tags for the head of a document; without `base`, the public address, there is no picture."""

    base: str = ""
    signer: LinkSigner | None = None
    clock: Callable[[], float] = time.time

    def tags(self, page: BoardPage, request: Request) -> str:
        """The tags of a page."""
        chosen = page.panel or request.args.get("panel", "")
        panel = next((panel for panel in page.panels if panel.id == chosen), None)
        title = f"{panel.title} · {page.board.title}" if panel else page.board.title
        tags = {
            "og:site_name": "CodeAgent",
            "og:type": "website",
            "og:title": title,
            "og:description": panel.description if panel else page.board.question,
        }
        pictured = panel or _first_chart(page.panels)
        address = self._picture(page, pictured, request) if pictured and self.base else ""
        if address:
            tags |= {
                "og:image": address,
                "og:image:width": str(SIZE[0]),
                "og:image:height": str(SIZE[1]),
                "og:image:alt": title,
                "twitter:card": "summary_large_image",
            }
        return "".join(_tag(name, content) for name, content in tags.items() if content)

    def _picture(self, page: BoardPage, panel: Panel, request: Request) -> str:
        """The address of a panel as the page shows it; empty for an address that cannot be read or signed."""
        try:
            state, signature = parse(request.args.to_dict(flat=False), page.board), request.args.get(PARAMETER, "")
            if not signature:  # a repeated panel is found by its value, however many others there are
                state = replace(state, filters={**state.filters, **{name: (value,) for name, value in panel.fixed}})
            pairs = _pairs(state)
            if self.signer is not None:
                scope = self._scope(page, panel, state, signature, self.signer)
                pairs.append((PARAMETER, self.signer.sign(scope)))
        except (QueryError, OSError):
            return ""
        return f"{self.base}/render/{page.board.id}/{panel.id}.png?{urlencode(pairs, safe='/:')}"

    def _scope(self, page: BoardPage, panel: Panel, state: State, signature: str, signer: LinkSigner) -> LinkScope:
        if signature:
            return replace(signer.scope(signature), kind="render", panel=panel.id)
        now = self.clock()
        start, end = state.range.resolve(now)
        expires = (now // DAY + 1 + DAYS) * DAY  # the same all day, so that the document is, too
        return LinkScope(
            "render", page.board.id, panel.id, state.filters, max(DAY, round(end - start)), expires, PREVIEW
        )


def _first_chart(panels: Sequence[Panel]) -> Panel | None:
    charts = (panel for panel in panels if isinstance(panel.view, _CHARTS))
    return next(charts, next(iter(panels), None))


def _pairs(state: State) -> list[tuple[str, str]]:
    pairs = [("from", state.range.start), ("to", state.range.end), ("width", str(SIZE[0])), ("height", str(SIZE[1]))]
    pairs += [("compare", state.compare)] if state.compare else []
    filters: Mapping[str, Sequence[str]] = state.filters
    return pairs + [(name, value) for name in sorted(filters) for value in filters[name]]


def _tag(name: str, content: str) -> str:
    key = "name" if name.startswith("twitter:") else "property"
    return f'<meta {key}="{name}" content="{escape(content)}">\n'
