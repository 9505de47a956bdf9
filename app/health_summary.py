"""The status line: from alerts, from every status on the page, and from what is missing on it.

It is never better than what the page shows. An alert waits its minutes, a number beyond its threshold does not; and
what is absent, old, failed or unknown is not normal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.alerts import Alert, AlertState
from app.panel_view import PanelState, PanelView
from panels import units
from panels.spec import Status, Thresholds, Tile
from panels.visible import visible_name
from queries.metrics.request import Answer

ORDER: Final = (Status.CRITICAL, Status.SERIOUS, Status.WARNING)
MAX_ITEMS: Final = 6
CURRENT_SECONDS: Final = 90.0  # Prometheus repeats a firing alert each minute, with its newest text
# Panels whose worst value alerts name by another word than the panel's id.
_KINDS: Final = {"health": "provider", "providers": "provider"}
NO_DATA: Final = frozenset({PanelState.FAILED, PanelState.ABSENT})


@dataclass(frozen=True)
class Link:
    """A second link of an item, such as the traces that show it."""

    text: str
    href: str


@dataclass(frozen=True)
class Item:
    """A fact in the status line, with a link to it.

    Times are epoch seconds, 0 for none: firing `since`, the text as it was `as_of`. `where` is the worst place, may be
    empty.
    """

    text: str
    status: Status
    href: str
    since: float = 0.0
    as_of: float = 0.0
    where: str = ""
    more: Link | None = None


@dataclass(frozen=True)
class Fact:
    """What an item is about: its `subject` as alerts name it, if any."""

    item: Item
    subject: str = ""
    is_firing: bool = False


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
    known = [
        *(_alert_fact(alert, alerts.as_of) for alert in alerts.alerts),
        *_panel_facts(views, alerts.alerts),
        *_unpriced_facts(views),
    ]
    facts = _worst_first(known if past else list(_distinct(known)))
    items = tuple(fact.item for fact in facts)
    doubts = (*((clock,) if clock else ()), *_alert_doubts(alerts), *_data_doubts(views))
    if not items:
        unknown = StatusLine(Status.UNKNOWN, "; ".join(doubts), _unknown_items(views))
        return unknown if doubts else StatusLine(Status.GOOD, "All normal")
    lead = _lead(facts, alerts.is_current, past)
    hidden = f" (and {len(items) - MAX_ITEMS} more)" if len(items) > MAX_ITEMS else ""
    also = f" {'; '.join(doubts)}." if doubts else ""
    return StatusLine(items[0].status, f"{lead}{hidden}.{also}" if also else f"{lead}{hidden}:", items[:MAX_ITEMS])


def _lead(facts: Sequence[Fact], alerts_known: bool, past: bool) -> str:
    """What the items have in common: how bad the worst is, and what an absence of alerts means."""
    worst = _capital(facts[0].item.status.value)
    is_firing = any(fact.is_firing for fact in facts)
    if past and is_firing:
        return f"{worst}; alerts are those of now"
    if past:
        return f"{worst} in this range, no alert is firing now"
    return worst if is_firing or not alerts_known else f"{worst}, no alert is firing yet"


def _distinct(facts: Sequence[Fact]) -> Iterator[Fact]:
    """The facts without repetitions: a subject is mentioned once, as bad as its worst."""
    by_subject: dict[str, list[Fact]] = {}
    for number, fact in enumerate(facts):
        by_subject.setdefault(fact.subject or f"#{number}", []).append(fact)
    merged = [_merged(same) for same in by_subject.values()]
    for fact in merged:
        if not any(_covers(other, fact) for other in merged if other is not fact):
            yield fact


def _merged(same: Sequence[Fact]) -> Fact:
    """One fact for several of a subject: the text of the most telling alert, the worst status, the earliest time."""
    first = min(same, key=lambda fact: (not fact.is_firing, ORDER.index(fact.item.status), not fact.item.where))
    since = min((fact.item.since for fact in same if fact.item.since), default=0.0)
    status = min((fact.item.status for fact in same), key=ORDER.index)
    return replace(first, item=replace(first.item, since=since, status=status))


def _covers(alert: Fact, other: Fact) -> bool:
    """Whether an alert names another one's place as its worst."""
    if not (alert.is_firing and other.is_firing):
        return False
    kind, _, place = other.subject.partition(" ")
    is_as_bad = ORDER.index(alert.item.status) <= ORDER.index(other.item.status)
    return is_as_bad and bool(place) and kind == alert.subject and alert.item.where.startswith(place)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _worst_first(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """By status; among equals alerts first, the oldest before the others."""
    return tuple(sorted(facts, key=lambda fact: (ORDER.index(fact.item.status), fact.item.since or math.inf)))


def _alert_fact(alert: Alert, now: float) -> Fact:
    as_of = alert.as_of if now - alert.as_of > CURRENT_SECONDS else 0.0
    more = Link("failing traces" if "status=error" in alert.traces else "slow traces", alert.traces)
    item = Item(alert.text, alert.status, alert.href, alert.since, as_of, alert.where, more if alert.traces else None)
    return Fact(item, alert.subject, is_firing=True)


def _panel_facts(views: Sequence[PanelView], alerts: Sequence[Alert]) -> Iterator[Fact]:
    for view in views:
        if view.drawing.status in ORDER:
            item = Item(_panel_text(view), view.drawing.status, f"#panel-{view.panel.id}", as_of=_as_of(view))
            yield Fact(item, _subject(view, alerts))


def _subject(view: PanelView, alerts: Sequence[Alert]) -> str:
    """What the panel's worst value is about, as alerts name it; empty if no alert does."""
    thresholds = getattr(view.panel.view, "thresholds", None)
    if isinstance(thresholds, Thresholds) and thresholds.subject:
        return thresholds.subject
    kinds = (view.panel.id, _KINDS.get(view.panel.id, ""))
    for alert in alerts:
        kind, _, name = alert.subject.partition(" ")
        if name and kind in kinds and view.drawing.reason.startswith(name):
            return alert.subject
    return ""


def _unpriced_facts(views: Sequence[PanelView]) -> Iterator[Fact]:
    """Costs that leave out models without a price: one fact, since the panels of a page leave out the same."""
    for view in views:
        if view.warning:
            text = f"{view.panel.title}: {visible_name(view.warning)}"
            yield Fact(Item(text, Status.WARNING, f"#panel-{view.panel.id}"))
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
    if not views:
        yield "No metric of this board is exported"
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
