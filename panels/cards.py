"""One card per label value: its state as shape and word, with a few numbers below."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from markupsafe import Markup

from panels import colours, links
from panels.histogram import Caps
from panels.markup import join, tag
from panels.sparkline import sparkline
from panels.spec import Cards, Column, DrawContext, Drawing, Frames, Panel, Status
from panels.status import WORST_FIRST, Rating, icon, mark, word, worst_rating
from panels.table import Row, cell_status, cell_text, rows, threshold_notes, value_links
from panels.visible import visible_name
from queries.core.time_range import Window


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """A card for each value of the key: the first field is its state, the others its numbers."""
    view = panel.view
    assert isinstance(view, Cards)
    things = sorted(rows((view.key,), frames).items())
    caps = Caps(panel, context.bounds)
    cards = [_card(caps, view, key[0], row, context.window) for key, row in things]
    states = [(key[0], _state(view, row)) for key, row in things]
    rating = worst_rating(rating for key, row in things for rating in _ratings(caps, view, key[0], row))
    return Drawing(
        html=str(tag("div", join(cards), class_="card-row")) if cards else "",
        alt=f"{panel.title}: {', '.join(f'{name} {word(state, view.words)}' for name, state in states)}."
        if states
        else f"{panel.title}: no data.",
        status=rating.status,
        reason=rating.text,
        notes=threshold_notes(caps, view.fields),
    )


def _ratings(caps: Caps, view: Cards, name: str, row: Row) -> Iterator[Rating]:
    state = _state(view, row)
    yield Rating(state, f"{name} {word(state, view.words)}")
    for column in view.fields[1:]:
        yield Rating(cell_status(caps, column, row), f"{name}, {column.title} {cell_text(caps, column, row)}")


def _state(view: Cards, row: Row) -> Status:
    return view.fields[0].thresholds.status(row.number(view.fields[0]))


def _card(caps: Caps, view: Cards, name: str, row: Row, window: Window) -> Markup:
    panel, state = caps.panel, _state(view, row)
    statuses = [state, *(cell_status(caps, column, row) for column in view.fields[1:])]
    worst = min(statuses, key=WORST_FIRST.index)
    drill = name if panel.drill and panel.drill.label == view.key else None
    dot = tag("i", class_="swatch", style=f"--c:{colours.of(name)}")
    targets = links.of_entry(panel, row.labels, row.name, window, row.number(view.fields[0]))
    named = links.named(targets, visible_name(name), "card-name")
    head = tag("div", dot, named, mark(state, view.words), class_="card-head")
    facts = join([_fact(caps, column, row, window) for column in view.fields[1:]])
    return tag(
        "div",
        head,
        tag("dl", facts, class_="card-facts"),
        _also(panel, name),
        class_="card",
        data_status=worst,
        data_drill=drill,
        tabindex=0 if drill else None,
        role="link" if drill else None,
    )


def _also(panel: Panel, name: str) -> Markup:
    """The secondary link, for example “Calls to openai”."""
    if panel.also is None:
        return Markup("")
    href = f"{panel.also.page}?{urlencode({panel.also.parameter or panel.also.label: name})}"
    return tag("a", f"Calls to {name}", href=href, data_go="", class_="card-also")


def _fact(caps: Caps, column: Column, row: Row, window: Window) -> Markup:
    status = cell_status(caps, column, row)
    worrying = status in (Status.WARNING, Status.SERIOUS, Status.CRITICAL)
    if column.spark:
        course = row.course.get(column.query)
        content = sparkline(course, ceiling=column.ceiling) if course is not None else Markup("")
    else:
        content = join([icon(status) if worrying else Markup(""), tag("span", cell_text(caps, column, row))])
    return tag(
        "div",
        tag("dt", column.title),
        tag(
            "dd",
            links.around(value_links(column, row, window), content),
            data_status=status if worrying else None,
            title=word(status) if worrying else None,
        ),
        class_="card-fact",
    )
