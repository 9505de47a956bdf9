"""The status line: from alerts, from every status on the page, and from what is missing on it.

It is never better than what the page shows. An alert waits its minutes, a number beyond its threshold does not; and
what is absent, old, failed or unknown is not normal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.alerts import Alert, AlertState
from app.boards import PanelState, PanelView
from panels import units
from panels.spec import Status, Tile
from panels.visible import visible_name
from queries.metrics.request import Answer

ORDER: Final = (Status.CRITICAL, Status.SERIOUS, Status.WARNING)
MAX_ITEMS: Final = 6
NO_DATA: Final = frozenset({PanelState.FAILED, PanelState.ABSENT})


@dataclass(frozen=True)
class Item:
    """A link in the status line. Times are epoch seconds, 0 for none: firing `since`, the text as it was `as_of`."""

    text: str
    status: Status
    href: str
    since: float = 0.0
    as_of: float = 0.0


@dataclass(frozen=True)
class StatusLine:
    """How things are, in one sentence, and where to look."""

    status: Status
    text: str
    items: tuple[Item, ...] = ()


def summarize_health(alerts: AlertState, views: Sequence[PanelView], past: bool = False, clock: str = "") -> StatusLine:
    """The status line of a page. Alerts are those of now; the numbers are those of the range, which may be `past`.

    `clock` is what is to be said about the server's clock (`BoardService.clock_doubt`).
    """
    unpriced = list(_unpriced_items(views))
    items = _worst_first([*map(_alert_item, alerts.alerts), *_panel_items(views), *unpriced])
    firing = [alert.status for alert in alerts.alerts]
    beyond = [
        *(view.drawing.status for view in views if view.drawing.status in ORDER),
        *(item.status for item in unpriced),
    ]
    doubts = (*((clock,) if clock else ()), *_alert_doubts(alerts), *_data_doubts(views))
    if not items:
        unknown = StatusLine(Status.UNKNOWN, "; ".join(doubts), _unknown_items(views))
        return unknown if doubts else StatusLine(Status.GOOD, "All normal")
    text = _text(firing, beyond, alerts.is_current, past)
    hidden = f" (and {len(items) - MAX_ITEMS} more)" if len(items) > MAX_ITEMS else ""
    also = f" {'; '.join(doubts)}." if doubts else ""
    return StatusLine(items[0].status, f"{text}{hidden}.{also}" if also else f"{text}{hidden}:", items[:MAX_ITEMS])


def count_statuses(statuses: Sequence[Status]) -> str:
    """“2 critical, 1 warning”, the worst first."""
    counts = ((status, sum(other is status for other in statuses)) for status in ORDER)
    return ", ".join(f"{count} {status.value}" for status, count in counts if count)


def _text(firing: Sequence[Status], beyond: Sequence[Status], alerts_known: bool, past: bool) -> str:
    if firing and beyond:
        numbers = f"{count_statuses(beyond)} by the numbers{' in this range' if past else ''}"
        return f"Firing{' now' if past else ''}: {count_statuses(firing)}; {numbers}"
    if firing:
        return f"Firing{' now' if past else ''}: {count_statuses(firing)}"
    if not alerts_known:
        return f"{_capital(count_statuses(beyond))} by the numbers{' in this range' if past else ''}"
    if past:
        return f"No alert is firing now; {count_statuses(beyond)} in this range"
    return f"No alert is firing yet, but {count_statuses(beyond)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _worst_first(items: Sequence[Item]) -> tuple[Item, ...]:
    """By status; among equals alerts first, the oldest before the others."""
    return tuple(sorted(items, key=lambda item: (ORDER.index(item.status), item.since or math.inf)))


def _alert_item(alert: Alert) -> Item:
    return Item(alert.text, alert.status, alert.href, alert.since, alert.as_of)


def _panel_items(views: Sequence[PanelView]) -> Iterator[Item]:
    for view in views:
        if view.drawing.status in ORDER:
            yield Item(_panel_text(view), view.drawing.status, f"#panel-{view.panel.id}", as_of=_as_of(view))


def _unpriced_items(views: Sequence[PanelView]) -> Iterator[Item]:
    """Costs that leave out models without a price: one item, since the panels of a page leave out the same."""
    for view in views:
        if view.warning:
            yield Item(f"{view.panel.title}: {visible_name(view.warning)}", Status.WARNING, f"#panel-{view.panel.id}")
            return


def _panel_text(view: PanelView) -> str:
    """“Error rate 11.4 %”, “Providers: anthropic down”."""
    if isinstance(view.panel.view, Tile):
        number = _headline(view)
        return view.panel.title if number is None else f"{view.panel.title} {number}"
    reason = visible_name(view.drawing.reason)
    return f"{view.panel.title}: {reason}" if reason else view.panel.title


def _headline(view: PanelView) -> str | None:
    answer = (view.now or view.outcomes)[0]
    numbers = answer.frame.last() if isinstance(answer, Answer) else np.empty(0)
    return units.write(float(numbers[0]), view.panel.unit) if numbers.size else None


def _as_of(view: PanelView) -> float:
    """When an old number was true; 0 for one of now."""
    times = [answer.frame.times[-1] - answer.age for answer in view.outcomes if isinstance(answer, Answer)]
    return float(min(times)) if times and view.state is PanelState.STALE else 0.0


def _alert_doubts(alerts: AlertState) -> Iterator[str]:
    if not alerts.as_of:
        yield f"Alerts are unknown: {alerts.error or f'{alerts.source} has not answered yet.'}".rstrip(".")
    elif alerts.error:
        yield f"{alerts.source} cannot be read now, so its alerts are old"


def _data_doubts(views: Sequence[PanelView]) -> Iterator[str]:
    """What is missing on the page, in words; optional panels may be empty."""
    needed = [view for view in views if not view.panel.optional]
    pending = sum(view.state is PanelState.PENDING for view in needed)
    missing = sum(view.state in NO_DATA for view in needed)
    old = sum(view.state is PanelState.STALE for view in needed)
    unknown = sum(_is_unknown(view) for view in needed)
    if pending:
        yield f"Loading: {_of(pending, needed)} not answered yet"
    if missing:
        yield f"{_of(missing, needed)} no data"
    if old:
        yield f"{_of(old, needed)} old data"
    if unknown:
        yield f"{_of(unknown, needed)} unknown values"


def _of(count: int, views: Sequence[PanelView]) -> str:
    return f"{count} of {len(views)} panels {'has' if count == 1 else 'have'}"


def _is_unknown(view: PanelView) -> bool:
    return view.drawing.status is Status.UNKNOWN and view.state not in NO_DATA


def _unknown_items(views: Sequence[PanelView]) -> tuple[Item, ...]:
    """Where the first missing, old or unknown values are; none where that is most of the page."""
    doubtful = [
        view
        for view in views
        if not view.panel.optional and (view.state in NO_DATA or view.state is PanelState.STALE or _is_unknown(view))
    ]
    if 2 * len(doubtful) > len(views):
        return ()
    return tuple(Item(view.panel.title, Status.UNKNOWN, f"#panel-{view.panel.id}") for view in doubtful[:MAX_ITEMS])
