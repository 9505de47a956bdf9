"""The frame round every page, as Dash components: top bar, navigation, sentence of state, grid of panels.

The layout of a board is the same for everyone: what the URL chooses is filled in by the scripts in `assets/`,
which also call the refresh address. Nothing here asks a backend.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import dash

from app import icons
from app.first_panels import first_on_phone
from app.navigation import navigation_bar
from app.state import MAX_SEARCH_LENGTH
from pages import NAVIGATION
from pages.choices import COMPARISONS, QUICK_RANGES, REFRESH_INTERVALS
from pages.exploring import PAGES
from pages.page import Page
from panels.axis import title_unit
from panels.row_choice import has_rows
from panels.spec import Bars, BucketHeatmap, Dashboard, LabelHeatmap, Lines, Panel, Pie, Timeline

Component = Any
# Dash's generated signatures reject data-* and aria-* attributes, which its components accept.
dcc: Any = dash.dcc
html: Any = dash.html

NOTHING: Mapping[str, Any] = MappingProxyType({})
CHARTS = (Lines, Bars, LabelHeatmap, BucketHeatmap, Timeline, Pie)
FILTER_TITLES = {
    "environment": "Environment",
    "job": "Deployment",
    "endpoint": "Endpoint",
    "provider": "Provider",
    "model": "Model",
    "instance": "Instance",
    "team": "Team",
    "key": "Key",
    "user": "User",
}


def filter_title(label: str) -> str:
    """The name of a filter; boards of files filter by any label."""
    return FILTER_TITLES.get(label, label.replace("_", " ").capitalize())


def page(board: Dashboard, *, demo: bool, navigation: Sequence[Dashboard] = NAVIGATION, note: str = "") -> Component:
    """A board with all its controls round it; the note at its foot says what is left out."""
    return html.Div(
        [
            html.A("Skip to the panels", href="#main", className="skip"),
            _top_bar(board.title, board.question, _controls(board), demo=demo),
            navigation_bar(board.id, navigation),
            html.Main([*_board(board), *_foot(note), *_below(board)], id="main", className="main"),
        ],
        className="shell",
    )


def _foot(note: str) -> list[Component]:
    return [html.P(note, className="board-note")] if note else []


def explores(board: Dashboard) -> bool:
    """Whether parts of an exploring page stand below a board."""
    return board.id in PAGES


def _below(board: Dashboard) -> list[Component]:
    """What an exploring page of the same name adds below a board; scripts fill it."""
    page = PAGES.get(board.id)
    if page is None:
        return []
    marks = {"data-page": page.id, "data-parts": " ".join(page.parts), "data-range": board.range}
    return [html.Div(id="explore", className=f"explore explore-{page.id}", **marks)]


def explorer(
    page: Page,
    *,
    demo: bool,
    filled: bool,
    error: Mapping[str, Any] | None = None,
    navigation: Sequence[Dashboard] = NAVIGATION,
) -> Component:
    """An exploring page: the same frame, and its parts, which are HTML; empty ones show that they are awaited.

    `error` says why the parts are old or missing; scripts add a way to ask again.
    """
    waiting = None if filled else html.Div(className="skeleton")
    parts = [html.Div(waiting, id=f"part-{name}", className=f"part part-{name}") for name in page.parts]
    return html.Div(
        [
            html.A(page.skip[0], href=f"#{page.skip[1]}", className="skip"),
            _top_bar(page.title, "", [_range_group(), _sharing()] if page.has_range else [_sharing()], demo=demo),
            navigation_bar(page.nav, navigation),
            html.Main(
                [
                    _explore_error(error),
                    html.Div(
                        parts,
                        id="explore",
                        className=f"explore explore-{page.id}",
                        **{"data-page": page.id, "data-filled": "1" if filled else "", "data-own": " ".join(page.own)},
                    ),
                ],
                id="main",
                className="main",
            ),
        ],
        className="shell",
    )


def _explore_error(error: Mapping[str, Any] | None) -> Component:
    frame = {"id": "explore-error", "className": "explore-error", "role": "alert"}
    if not error:
        return html.Div("", hidden=True, **frame)
    words = [html.Strong(error["sentence"]), html.Span(f" {error['hint']}")]
    return html.Div(words, **frame, **{"data-error": json.dumps(error)})


def frame(board: Dashboard, panels: Sequence[Panel], address: str) -> Component:
    """A board in a frame of another site, without chrome; `address` is that of its data."""
    suffix = f": {panels[0].title}" if len(panels) == 1 else ""
    title = html.H1(board.title + suffix, className="unseen")
    content = [title, *_board(board, panels, {"address": address}, has_menus=False)]
    return html.Div(html.Main(content, id="main", className="main"), className="bare embed")


def wall(
    board: Dashboard,
    panels: Sequence[Panel],
    scope: Sequence[str],
    *,
    demo: bool,
    fixed: Mapping[str, Sequence[str]],
    address: str,
) -> Component:
    """A board on a wall. `scope` are the values it is filtered by, `fixed` those that the address cannot change.

    `address` is that of its data, empty for that of boards.
    """
    title = html.H1(board.title, className="bare-title")
    filtered = [html.Span(" · ".join(scope), className="wall-scope")] if scope else []
    badge = [html.Span("Demo data", className="demo-badge")] if demo else []
    own = {**({"address": address} if address else {}), **({"fixed": fixed} if fixed else {})}
    *above, grid = _board(board, panels, own, has_menus=False)
    content = [_wall_header(title, [*filtered, *badge]), *above, _stage(grid)]
    return html.Div(html.Main(content, id="main", className="main"), className="bare kiosk")


def _wall_header(title: Component, beside: Sequence[Component]) -> Component:
    """Scripts fill it: which screen of the board, boards that are left out, the time, and the age of the data."""
    screen = html.Span("", id="wall-screen", className="wall-screen")
    note = html.Span("", id="wall-note", className="wall-note", role="status")
    clock = html.Span("", id="clock", className="clock")
    return html.Header([title, *beside, screen, note, clock, _live()], className="bare-bar")


def _stage(grid: Component) -> Component:
    alerts = html.Div("", id="wall-alerts", className="wall-alerts", role="alert", hidden=True)
    progress = html.Div("", className="wall-progress", hidden=True, **{"aria-hidden": "true"})
    return html.Div([grid, alerts, progress], className="stage")


def message(title: str, sentence: str) -> Component:
    """A page that says one thing."""
    return html.Main(
        [html.H1(title), html.P(sentence), html.P(html.A("Go to the overview", href="/overview"))],
        id="main",
        className="message",
    )


def _board(
    board: Dashboard, panels: Sequence[Panel] | None = None, own: Mapping[str, Any] = NOTHING, *, has_menus: bool = True
) -> list[Component]:
    """The parts of a board; `own` is what scripts must know of its page besides."""
    chosen = board.panels if panels is None else panels
    config = {
        "id": board.id,
        "title": board.title,
        "refresh": board.refresh,
        "range": board.range,
        "filters": list(board.filters),
        "panels": [panel.id for panel in chosen],
        "whole": panels is None,
        "first": first_on_phone(chosen),
        "repeats": sorted({panel.repeat for panel in chosen if panel.repeat}),
        **own,
    }
    return [
        html.Div("", id="outage", className="outage", role="alert"),
        html.Div("", id="sentence", className="sentence", role="status"),
        html.Div(
            [_panel(panel, has_menu=has_menus) for panel in chosen],
            id="grid",
            className="grid",
            **{"data-board": json.dumps(config)},
        ),
    ]


def _panel(panel: Panel, *, has_menu: bool = True) -> Component:
    kind = type(panel.view).__name__.lower()
    is_chart = isinstance(panel.view, CHARTS)
    # A group and no landmark: fourteen regions on a page would lead nowhere.
    return html.Div(
        [
            html.Div(
                [
                    html.H2(panel.title, id=f"title-{panel.id}"),
                    html.Span(title_unit(panel), className="unit"),
                    html.Span("", className="age", id=f"age-{panel.id}"),
                    *([_row_search(panel)] if has_rows(panel.view) else []),
                    _button("info", "How this is computed", {"data-explain": panel.description}),
                    *([_menu_button(panel)] if has_menu else []),
                ],
                className="panel-head",
            ),
            html.Div("", id=f"message-{panel.id}", className="panel-message"),
            html.Div(html.Div(className="skeleton"), id=f"body-{panel.id}", className="panel-body"),
            html.Div("", id=f"legend-{panel.id}", className="panel-legend"),
        ],
        id=f"panel-{panel.id}",
        className=f"panel {kind} {'chart' if is_chart else 'markup'}{' wide' if panel.span == 12 else ''}",
        role="group",
        style={"--span": panel.span, "--rows": panel.rows},
        **{"data-panel": panel.id, "data-state": "loading", "aria-labelledby": f"title-{panel.id}"},
        **({"data-fixed": json.dumps(dict(panel.fixed))} if panel.fixed else {}),
    )


def _row_search(panel: Panel) -> Component:
    """Styles show it where the panel has more rows than it shows."""
    field = dcc.Input(id=f"search-{panel.id}", type="search", placeholder="Search", maxLength=MAX_SEARCH_LENGTH)
    name = html.Span(f"Search rows of {panel.title}", className="unseen")
    return html.Label([name, field], className="row-search", **{"data-row-search": panel.id})


def _menu_button(panel: Panel) -> Component:
    attributes = {"data-panel-menu": panel.id, "aria-haspopup": "menu", "aria-expanded": "false"}
    return _button("more", f"Menu of {panel.title}", attributes)


def _top_bar(title: str, question: str, controls: list[Component], *, demo: bool) -> Component:
    return html.Header(
        [
            html.A(
                [icons.mark(), html.Span("CodeAgent", className="brand-name")],
                href="/overview",
                className="brand",
                **{"aria-label": "CodeAgent: to the overview"},
            ),
            html.H1(title, className="board-title", title=question),
            *(
                [
                    html.Span(
                        ["Demo", html.Span(" data", className="not-phone")],
                        className="demo-badge",
                        title="Made by the simulator and the sample gateway",
                    )
                ]
                if demo
                else []
            ),
            html.Div(controls, id="controls", className="controls"),
            _live(),
            _button("sliders", "Range and filters", {"data-sheet": "controls", "aria-expanded": "false"}, "only-phone"),
        ],
        className="topbar",
    )


def _live() -> Component:
    return html.Button(
        [html.Span(className="dot"), html.Span("loading", id="live-text")],
        id="live",
        type="button",
        className="live",
        title="Refresh now",
        **{"data-refresh-now": ""},
    )


def _controls(board: Dashboard) -> list[Component]:
    filters = [
        _menu(f"filter-{name}", filter_title(name), [], {"data-filter": name}, role="dialog") for name in board.filters
    ]
    choices = [
        _menu("compare", "Compare", _choices("compare", {"": "nothing", **COMPARISONS})),
        _menu("refresh", "Every 10 s", _choices("refresh", REFRESH_INTERVALS)),
    ]
    return [_range_group(), html.Div(filters, className="group filters"), _sharing(*choices)]


def _range_group() -> Component:
    return html.Div(
        [
            _button("back", "Previous range", {"data-shift": "-1"}),
            _menu("range", "Time range", _range_menu(), role="dialog"),
            _button("forward", "Next range", {"data-shift": "1"}),
            _button("zoom-out", "Zoom out", {"data-zoom-out": ""}),
        ],
        className="group",
    )


def _sharing(*before: Component) -> Component:
    return html.Div(
        [
            *before,
            _button("share", "Copy a link to this view", {"data-share": ""}),
            _button("theme", "Switch between light and dark", {"data-theme-toggle": ""}),
        ],
        className="group",
    )


def _range_menu() -> list[Component]:
    quick = [
        html.Button(text, type="button", **{"data-set": f"from={start}&to="}) for start, text in QUICK_RANGES.items()
    ]
    days = [
        html.Button(name.capitalize(), type="button", **{"data-days": name})
        for name in ("today", "yesterday", "this week")
    ]
    fields = [
        html.Label(["From", dcc.Input(id="absolute-from", type="text", placeholder="2026-01-31 14:05")]),
        html.Label(["To", dcc.Input(id="absolute-to", type="text", placeholder="now")]),
    ]
    zone = [
        html.Button("Browser time", type="button", **{"data-set": "tz="}),
        html.Button("UTC", type="button", **{"data-set": "tz=utc"}),
    ]
    return [
        html.Div([*quick, *days], className="quick"),
        html.Div(
            [
                html.Div("", id="calendar", className="calendar"),
                html.Div(fields, className="absolute-fields"),
                html.P("", id="absolute-error", className="field-error", role="alert"),
                html.Button("Apply", type="button", className="primary", **{"data-apply-range": ""}),
                html.Div(zone, className="zone"),
                html.A("Incident report of this range", href="/incident", **{"data-go": ""}),
            ],
            className="absolute",
        ),
    ]


def _choices(name: str, choices: Mapping[str, str]) -> list[Component]:
    return [
        html.Button(text[:1].upper() + text[1:], type="button", role="menuitemradio", **{"data-set": f"{name}={value}"})
        for value, text in choices.items()
    ]


def _menu(
    name: str, label: str, items: list[Component], extra: dict[str, str] | None = None, role: str = "menu"
) -> Component:
    """A button and what it opens: a menu of choices, or as a `dialog` what holds fields too."""
    attributes = {"data-menu": name, "aria-expanded": "false", "aria-haspopup": role, **(extra or {})}
    return html.Div(
        [
            html.Button(
                [html.Span(label, className="label"), icons.icon("chevron")],
                type="button",
                className="chip",
                **attributes,
            ),
            html.Div(items, className="menu", role=role, **{"data-menu-of": name, "aria-label": label}),
        ],
        className="menu-anchor",
    )


def _button(icon: str, label: str, attributes: dict[str, str], extra_class: str = "") -> Component:
    return html.Button(
        icons.icon(icon),
        type="button",
        className=f"icon-button {extra_class}".strip(),
        title=label,
        **{"aria-label": label, **attributes},
    )
