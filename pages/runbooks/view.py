"""A runbook as HTML: its text, each check with its result, its panels; and the list of all runbooks."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from pages import components as ui
from pages.page import PageContent
from pages.runbooks.document import Block, Check, PanelBlock, Prose, Runbook
from pages.runbooks.load import RunbookModel
from pages.runbooks.query import RunbookQuery
from pages.runbooks.source import CheckResult, Reading
from panels import units
from panels.markup import join, tag
from panels.visible import visible_name

MAX_AGE: Final = 10.0
_VERDICTS: Final = {True: ("normal", "good"), False: ("not normal", "bad"), None: ("", "unknown")}


def view(query: RunbookQuery, model: RunbookModel) -> PageContent:
    """The page."""
    if query.runbook is None:
        return PageContent({"runbook": join([_unknown(query.name), _list(model.runbooks)])}, 60.0, "Runbooks")
    return PageContent({"runbook": _runbook(query.runbook, query, model)}, MAX_AGE, query.runbook.title)


def _unknown(name: str) -> Markup:
    if not name:
        return ui.EMPTY
    return ui.error_message(f"There is no runbook “{visible_name(name[:80])}”.", "Choose one of the list.")


def _list(runbooks: tuple[Runbook, ...]) -> Markup:
    rows = [
        tag("li", ui.link(f"/runbooks?name={runbook.name}", tag("b", runbook.title)), tag("p", _plain(runbook)))
        for runbook in runbooks
    ]
    return ui.section("Runbooks", tag("ul", *rows, class_="runbook-list"))


def _plain(runbook: Runbook) -> str:
    """The first sentences without emphasis; links stay their text in brackets."""
    return runbook.summary.replace("**", "").replace("`", "").partition("](")[0].replace("[", "")


def _runbook(runbook: Runbook, query: RunbookQuery, model: RunbookModel) -> Markup:
    labels = [
        tag("span", f"{name} ", tag("b", visible_name(", ".join(values))), class_="label")
        for name, values in query.filters.items()
    ]
    more = ui.link("/runbooks", "All runbooks", class_="quiet")
    alert = ui.link(f"/alerts?rule={runbook.title}", "Alert and its history", class_="quiet")
    head = tag("p", *labels, alert, class_="runbook-head")
    blocks = [_block(block, model) for block in runbook.blocks]
    return ui.section(runbook.title, head, *blocks, more=more, class_="runbook")


def _block(block: Block, model: RunbookModel) -> Markup:
    match block:
        case Prose():
            return tag("div", block.html, class_="prose")
        case Check():
            return _check(block, model.results.get(block, CheckResult(reason=model.reason, is_failed=True)))
        case PanelBlock():
            return _panel(block, model)


def _check(check: Check, result: CheckResult) -> Markup:
    limit = tag("span", f"normal {check.normal}", class_="check-normal") if check.normal else ui.EMPTY
    clock = (
        tag("span", "at ", ui.moment(int(result.measured_at * 1e9)), class_="check-time")
        if result.measured_at
        else ui.EMPTY
    )
    rows = [_reading(check, reading) for reading in result.readings]
    reason = tag("p", result.reason, class_="check-reason") if result.reason else ui.EMPTY
    return tag(
        "div",
        tag("header", tag("b", check.title), limit, clock),
        tag("ul", *rows) if rows else ui.EMPTY,
        reason,
        tag("details", tag("summary", "Query"), tag("pre", tag("code", check.expr))),
        class_=f"check check-{_worst(check, result)}",
    )


def _worst(check: Check, result: CheckResult) -> str:
    verdicts = {check.is_normal(reading.value) for reading in result.readings}
    if result.is_failed:
        return "failed"
    return next((_VERDICTS[verdict][1] for verdict in (False, True) if verdict in verdicts), "unknown")


def _reading(check: Check, reading: Reading) -> Markup:
    word, name = _VERDICTS[check.is_normal(reading.value)]
    return tag(
        "li",
        tag(
            "span", ", ".join(visible_name(value) for value in reading.labels.values()) or "all", class_="check-labels"
        ),
        tag("b", units.write(reading.value, check.unit)),
        tag("span", word, class_=f"verdict verdict-{name}"),
    )


def _panel(block: PanelBlock, model: RunbookModel) -> Markup:
    picture = model.pictures.get(block)
    if picture is None:
        return tag("p", model.reason or f"There is no panel {block.board}/{block.panel}.", class_="notes partial")
    board = ui.link(picture.href, "Open the board", class_="quiet")
    return tag("figure", tag("figcaption", tag("b", picture.title), " ", board), picture.html, class_="runbook-panel")
