"""Links between the dashboards, and back to this application, at the same time range."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from app.grafana.model import Json, Link
from panels.spec import Cards, Dashboard, Drill, LabelHeatmap, Panel, Table
from panels.spec import Link as ValueLink

_FIELD: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_WORDS: Final = {"__value": "__value.raw", "__name": "__series.name", "__from": "__from", "__to": "__to"}
APP: Final = "${app}"  # a hidden constant of each dashboard
APP_RANGE: Final = "from=${__from:date:seconds}&to=${__to:date:seconds}"
RANGE: Final = "${__url_time_range}"


def uid(prefix: str, board_id: str) -> str:
    """The id of a board in Grafana, the same in every export; 40 characters at most."""
    return f"{prefix}-{board_id}"[:40]


def board_links(board: Dashboard, exported: Collection[Dashboard], prefix: str) -> tuple[Link, ...]:
    """This board in the application, and the other boards."""
    others = (other for other in exported if other.id != board.id)
    return (
        Link("Open in CodeAgent Dashboards", f"{APP}{board.path}?{APP_RANGE}"),
        *(Link(other.title, f"/d/{uid(prefix, other.id)}") for other in others),
    )


def drills(panel: Panel, exported: Collection[Dashboard], prefix: str) -> tuple[Link, ...]:
    """The links of a panel's values."""
    if isinstance(panel.view, LabelHeatmap):
        return ()  # Grafana's heatmap knows no labels of a cell
    links = (_drill(drill, panel, exported, prefix) for drill in (panel.drill, panel.also) if drill)
    return tuple(link for link in links if link)


def of_values(panel: Panel) -> tuple[Link, ...]:
    """The links that a panel has of its own, in Grafana's words; own paths lead to this application."""
    is_table = isinstance(panel.view, Table | Cards)
    return tuple(_of_value(link, is_table=is_table) for link in panel.links)


def of_column(links: Sequence[ValueLink]) -> list[Json]:
    """The property `links` of a column."""
    known = (_of_value(link, is_table=True) for link in links)
    return [{"title": link.title, "url": link.url, "targetBlank": True} for link in known]


def _of_value(link: ValueLink, *, is_table: bool) -> Link:
    def written(match: re.Match[str]) -> str:
        of_label = "__data.fields" if is_table else "__field.labels"
        return f"${{{_WORDS.get(match[1], f'{of_label}.{match[1]}')}}}"

    url = _FIELD.sub(written, link.url)
    return Link(_FIELD.sub(written, link.title), f"{APP}{url}" if url.startswith("/") else url)


def _drill(drill: Drill, panel: Panel, exported: Collection[Dashboard], prefix: str) -> Link | None:
    value = _value(panel, drill.label)
    board = next((other for other in exported if other.path == drill.page), None)
    if board is not None:
        selected = f"&var-{drill.parameter or drill.label}={value}" if value else ""
        return Link(board.title, f"/d/{uid(prefix, board.id)}?{RANGE}{selected}")
    if drill.page != "/traces":
        return None
    selected = f"&{drill.parameter or drill.label}={value}" if value else ""
    return Link("Traces in CodeAgent Dashboards", f"{APP}{drill.page}?{APP_RANGE}{selected}")


def _value(panel: Panel, label: str) -> str:
    """The value of a label as Grafana's variable; a bucket's bound is no value to look for."""
    if not label or label == "le":
        return ""
    if isinstance(panel.view, Table | Cards):
        return f"${{__data.fields.{label}:percentencode}}"
    return f"${{__field.labels.{label}:percentencode}}"
