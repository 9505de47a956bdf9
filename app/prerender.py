"""Pages of boards as HTML and SVG with data: the first answer, which scripts then keep up to date in place.

It is the tree of components of `shell`, written as HTML, with the panels drawn from what the query layer has cached.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from flask import Request
from markupsafe import Markup

from app.alerts import AlertReader
from app.board_page import BoardPage
from app.boards import BoardService
from app.chart_size import chart_size
from app.encode import max_age
from app.first_panels import first_on_phone
from app.health_summary import Item, StatusLine, summarize_health
from app.panel_view import BoardView, PanelView
from app.response_cache import CachedResponse, ResponseCache, encode
from app.state import State, canonical, parse
from panels import svg
from panels.markup import join, tag
from panels.visible import visible_name
from queries.core.errors import QueryError

# How long the first visitor waits for data in the first answer; for later visitors they are cached.
PATIENCE_SECONDS = 0.25
PANELS_AT_FIRST = {"m": 10, "l": 12}  # on a phone those of its first screen
FRAMED_AT_FIRST = 4  # a frame shows little more, and its bytes are limited
FILLED = ("sentence", "body-", "legend-", "part-")
VOID = {"Br", "Hr", "Img", "Input"}


@dataclass(frozen=True)
class Prerender:
    """Writes the pages of boards."""

    boards: BoardService
    alerts: AlertReader
    bodies: ResponseCache

    def html(self, page: BoardPage, request: Request) -> str:
        """The inside of the document; without data where the query is invalid, which the refresh address explains."""
        width = "s" if page.mode != "kiosk" and is_phone(request) else "m"
        names = f"{page.panel}:{page.data}:{json.dumps(page.fixed)}:" + ",".join(panel.id for panel in page.panels)
        try:
            state = parse({**page.query(request.args.to_dict(flat=False)), "w": [width]}, page.board)
            version = self.boards.catalog.current().version
            key = f"page:{version}:{page.mode}:{page.board.id}:{names}?{canonical(state)}"
            return self.bodies.get(key, lambda: self._body(page, state)).plain.decode()
        except QueryError:
            return render_html(page.layout(), lambda _: "")

    def _body(self, page: BoardPage, state: State) -> CachedResponse:
        count = PANELS_AT_FIRST[state.width] if state.width in PANELS_AT_FIRST else first_on_phone(page.panels)
        chosen = page.panels[: FRAMED_AT_FIRST if page.mode == "embed" else count]
        others = page.panels[len(chosen) :]
        refreshed = self.boards.refresh(state, chosen, PATIENCE_SECONDS, page.board.id, others)
        views = {view.panel.id: view for view in refreshed.panels}

        def content(element_id: str) -> str:
            if element_id == "sentence":
                # A frame shows its panels only: who may see one of them may not see every alert.
                return "" if page.mode == "embed" else _sentence(self._status_line(refreshed, state))
            kind, _, panel_id = element_id.partition("-")
            view = views.get(panel_id)
            if kind == "legend":
                return _legend(view) if view else ""
            return _content(view, state.width)

        return encode(render_html(page.layout(), content).encode(), max_age(refreshed), time.monotonic)

    def _status_line(self, refreshed: BoardView, state: State) -> StatusLine:
        views = (*refreshed.panels, *refreshed.others)
        return summarize_health(self.alerts.state(), views, state.range.is_past, self.boards.clock_doubt())


def is_phone(request: Request) -> bool:
    """Whether a phone asks, by its hint; where the browser sends no hints, by its name."""
    hint = request.headers.get("Sec-CH-UA-Mobile")
    return hint == "?1" if hint else "Mobi" in request.headers.get("User-Agent", "")


def render_html(component: Any, content: Callable[[str], str]) -> str:
    """A Dash component as HTML; `content` gives the inside of the elements that data fill, by id."""
    if component is None or isinstance(component, bool):
        return ""
    if isinstance(component, (str, int, float)):
        return escape(str(component))
    if isinstance(component, (list, tuple)):
        return "".join(render_html(child, content) for child in component)
    fields = component.to_plotly_json()
    name, props = fields["type"], fields["props"]
    if fields["namespace"] != "dash_html_components" and name not in VOID:
        return ""
    element = name.lower()
    opened = f"<{element}{_attributes(props)}>"
    if name in VOID:
        return opened
    element_id = str(props.get("id", ""))
    filled = content(element_id) if element_id.startswith(FILLED) else ""
    inside = filled or render_html(props.get("children"), content)
    return f"{opened}{inside}</{element}>"


def _attributes(props: Mapping[str, Any]) -> str:
    attributes = []
    for name, value in props.items():
        if name == "className":
            attributes.append(("class", value))
        elif name == "style":
            attributes.append(("style", ";".join(f"{key}:{declaration}" for key, declaration in value.items())))
        elif name != "children":
            attributes.append((name, value))
    return "".join(_attribute(name, value) for name, value in attributes)


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False or (value == "" and not name.startswith("data-")):
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _sentence(sentence: StatusLine) -> str:
    links = [part for item in sentence.items for part in _item_links(item)]
    return join([tag("span", class_=f"status-shape shape-{sentence.status}"), tag("b", sentence.text), *links])


def _item_links(item: Item) -> Iterator[Markup]:
    yield Markup(" ")
    yield tag("a", _item_text(item), href=item.href)
    if item.more:
        yield Markup(" ")
        yield tag("a", f"→ {item.more.text}", href=item.more.href)


def _item_text(item: Item) -> str:
    """With its times in UTC: this is written before the browser has told its zone."""
    since = f" since {_clock_time(item.since)}" if item.since else ""
    text = f"{item.text}{since}{f', {item.where}' if item.where else ''}"
    return f"{text} (as of {_clock_time(item.as_of)} UTC)" if item.as_of else text


def _clock_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")


def _content(view: PanelView | None, width: str) -> str:
    """The inside of a panel: its markup, its chart as SVG, or nothing (the skeleton stays)."""
    if view is None:
        return ""
    drawing = view.drawing
    if drawing.figure is None:
        return drawing.html and _first_data(drawing.html)
    return _first_data(svg.render(drawing.figure, *chart_size(view.panel, drawing, width), title=drawing.alt))


def _legend(view: PanelView) -> str:
    """The legend with its notes, as `panel-view.js` shows them."""
    notes = " · ".join(visible_name(note) for note in view.drawing.notes)
    return view.drawing.legend + (str(tag("p", notes, class_="notes")) if notes else "")


def _first_data(inner: str) -> str:
    return tag("div", Markup(inner), data_first_data="")  # noqa: S704 - from panels
