"""The service map of a range: who calls whom, how often, how well, how fast; as a picture and as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.page import Page, PageContent, renderer
from pages.page_url import PageUrl
from pages.session import Session
from panels import units
from panels.markup import join, tag
from panels.spec import Unit
from queries.traces.types import MapEdge, MapNode, ServiceMap

COLUMN: Final = (440, 640)  # pixels from one layer to the next, at least and at most
WIDTH: Final = 1_150  # pixels that the picture may fill on a desktop
ROW: Final = 84
BOX: Final = (168, 48)
MARGIN: Final = 16
Place = tuple[float, float]


def load(url: PageUrl, session: Session) -> ServiceMap:
    """The map of the range. Raises QueryError."""
    return session.need_traces().service_map(url.range, session.deadline)


def view(url: PageUrl, service_map: ServiceMap) -> PageContent:
    """The map and its calls."""
    if not service_map.nodes:
        body = ui.empty_state("No spans in this range.", "Choose a longer range.")
        return PageContent({"map": body}, url.max_age, "Service map")
    note = (
        f"From {service_map.looked_at:,} spans. Traces are a sample that keeps failures and slow ones: "
        "the rest is more than is counted here, so shares of errors are upper bounds."
    )
    parts = {
        "map": ui.section("Service map", picture(service_map, url), ui.notes(service_map.quality, note)),
        "edges": ui.section("Calls", table(service_map, url, seconds_of(service_map, url))),
    }
    return PageContent(parts, max(30.0, url.max_age), "Service map")


def seconds_of(service_map: ServiceMap, url: PageUrl) -> float | None:
    """Seconds in which the calls were made; None when only the newest of the range were looked at."""
    return url.range.seconds if service_map.looked_at >= service_map.total.value else None


def externals(service_map: ServiceMap) -> frozenset[str]:
    """Names of those that send no spans themselves."""
    return frozenset(node.name for node in service_map.nodes if node.external)


def layers(nodes: Sequence[MapNode], edges: Sequence[MapEdge]) -> list[list[str]]:
    """Names from left to right: a callee stands right of its callers, as far as circles allow."""
    callers: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.source != edge.target:
            callers[edge.target].add(edge.source)
    depth: dict[str, int] = {}
    waiting = [node.name for node in nodes]
    while waiting:
        ready = [name for name in waiting if callers[name] <= depth.keys()]
        # In a circle, whoever is called least from elsewhere begins.
        chosen = ready or [min(waiting, key=lambda name: (len(callers[name] - depth.keys()), name))]
        for name in chosen:
            depth[name] = 1 + max((depth[caller] for caller in callers[name] if caller in depth), default=-1)
        waiting = [name for name in waiting if name not in depth]
    result: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in nodes:
        result[depth[node.name]].append(node.name)
    return [layer for layer in result if layer]


def picture(service_map: ServiceMap, url: PageUrl) -> Markup:
    """Boxes and arrows; it scrolls within its frame where it is wider than the screen."""
    columns = layers(service_map.nodes, service_map.edges)
    tallest = max(len(column) for column in columns)
    step = min(COLUMN[1], max(COLUMN[0], (WIDTH - BOX[0]) // max(1, len(columns) - 1)))
    width = MARGIN * 2 + BOX[0] + step * (len(columns) - 1)
    height = MARGIN * 2 + ROW * tallest
    places = {
        name: place
        for column, names in enumerate(columns)
        for name, place in _column(names, step * column, height).items()
    }
    busiest = max((edge.calls for edge in service_map.edges), default=1)
    outside = externals(service_map)
    lines = [
        _edge(edge, places, busiest, _calls(edge, outside, url))
        for edge in service_map.edges
        if edge.source != edge.target
    ]
    order = sorted(node.name for node in service_map.nodes if not node.external)
    boxes = [_box(node, places[node.name], order, url) for node in service_map.nodes]
    # Markup and not tag(): SVG's attributes are in mixed case.
    svg = Markup('<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" class="service-map">{inner}</svg>').format(
        w=width, h=height, inner=join([*lines, *boxes])
    )
    return tag("div", svg, class_="map-frame", tabindex=0, role="group", aria_label="Service map")


def _column(names: Sequence[str], left: int, height: int) -> Mapping[str, Place]:
    top = (height - ROW * len(names)) / 2
    return {name: (MARGIN + left, top + ROW * row + (ROW - BOX[1]) / 2) for row, name in enumerate(names)}


def _edge(edge: MapEdge, places: Mapping[str, Place], busiest: int, href: str) -> Markup:
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    start, end = (x1 + BOX[0], y1 + BOX[1] / 2), (x2, y2 + BOX[1] / 2)
    bend = max(40.0, (end[0] - start[0]) / 2)
    course = f"M{start[0]} {start[1]}C{start[0] + bend} {start[1]} {end[0] - bend} {end[1]} {end[0]} {end[1]}"
    share = edge.errors / edge.calls if edge.calls else 0.0
    thick = 1 + 4 * (edge.calls / busiest) ** 0.5
    class_ = "edge bad" if share >= 0.05 else "edge warn" if share >= 0.01 else "edge"  # as the boards' error limits
    text = f"{ui.number(edge.calls)} · p95 {ui.duration(edge.p95_ns)}"
    if edge.errors:
        text += f" · {units.digits(100 * share, 2)} % ✕"
    title = f"{edge.source} → {edge.target}: {edge.calls:,} calls, {edge.errors:,} with errors"
    # The words stand beside the callee, where the arrows of one caller have parted, on the side it does not come from.
    beside = 15 if start[1] < end[1] else -7
    words = tag("text", text, x=end[0] - 8, y=end[1] + beside, text_anchor="end", class_="edge-text")
    line = tag("path", tag("title", title), d=course, class_=class_, style=f"stroke-width:{thick:.1f}")
    return tag("a", line, words, href=href, data_go="")


def _box(node: MapNode, place: Place, order: Sequence[str], url: PageUrl) -> Markup:
    x, y = place
    colour = "--c:var(--series-other)" if node.external else ui.colour(node.name, order)
    summary = f"{ui.number(node.spans)} {'calls' if node.external else 'spans'}"
    summary += f", {ui.number(node.errors)} ✕" if node.errors else ""
    frame = tag("rect", x=x, y=y, width=BOX[0], height=BOX[1], rx=8, class_="node outside" if node.external else "node")
    mark = tag("rect", x=x, y=y + 8, width=4, height=BOX[1] - 16, rx=2, style="fill:var(--c)")
    name = node.name if len(node.name) <= 22 else node.name[:21] + "…"
    texts = (
        tag("text", tag("title", node.name), name, x=x + 14, y=y + 21, class_="node-name"),
        tag("text", summary, x=x + 14, y=y + 37, class_="node-facts"),
    )
    href = url.to_page("/traces", **{"peer" if node.external else "service": node.name})
    return tag("a", frame, mark, *texts, href=href, data_go="", style=colour)


def table(service_map: ServiceMap, url: PageUrl, seconds: float | None) -> Markup:
    """The same in numbers, busiest first; with rates where the seconds are known in which the calls were made."""
    if not service_map.edges:
        return ui.empty_state("No calls between services in this range.")
    words = ("From", "To", "Calls", *(("Rate",) if seconds else ()), "Errors", "p50", "p95")
    head = tag("tr", *(tag("th", word, class_="t-number" if place > 1 else None) for place, word in enumerate(words)))
    outside = externals(service_map)
    rows = [_row(edge, _calls(edge, outside, url), seconds) for edge in service_map.edges]
    return tag(
        "div", tag("table", tag("thead", head), tag("tbody", *rows), class_="t plain"), class_="wide", tabindex=0
    )


def _row(edge: MapEdge, href: str, seconds: float | None) -> Markup:
    share = 100 * edge.errors / edge.calls if edge.calls else 0.0
    rate = [_number(units.write(edge.calls / seconds, Unit.PER_SECOND))] if seconds else []
    failing = _number(f"{units.digits(share, 2)} %", " bad" if share >= 5 else "")
    times = (_number(ui.duration(edge.p50_ns)), _number(ui.duration(edge.p95_ns)))
    cells = [_number(ui.number(edge.calls)), *rate, failing, *times]
    caller = tag("span", f"from {edge.source}", class_="caller")  # a phone has no room for a column of callers
    return tag("tr", tag("td", edge.source), tag("td", ui.link(href, edge.target), caller), *cells)


def _number(text: str, more: str = "") -> Markup:
    return tag("td", text, class_=f"t-number{more}")


def _calls(edge: MapEdge, outside: Collection[str], url: PageUrl) -> str:
    """The traces behind an edge: calls of the caller, those that name the callee where it sends no spans itself."""
    if edge.target in outside:
        return url.to_page("/traces", service=edge.source, peer=edge.target)
    return url.to_page("/traces", service=edge.target)


render = renderer(lambda url: url, load, view)
PAGE = Page("map", "Service map", render, ("map", "edges"), "traces")
