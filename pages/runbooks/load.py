"""What a runbook shows beside its text, asked with one deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pages.runbooks.document import Check, PanelBlock, Runbook, load, names
from pages.runbooks.query import RunbookQuery
from pages.runbooks.source import CheckResult, PanelPicture
from pages.session import Session

MARGIN_SECONDS: Final = 0.4  # what is late is reported by the query layer, and not by the page's own deadline


@dataclass(frozen=True)
class RunbookModel:
    """Results by check, pictures by panel, or why there are no pictures; all runbooks while none is open."""

    results: Mapping[Check, CheckResult] = field(default_factory=dict)
    pictures: Mapping[PanelBlock, PanelPicture] = field(default_factory=dict)
    reason: str = ""
    runbooks: tuple[Runbook, ...] = ()


def load_model(query: RunbookQuery, session: Session) -> RunbookModel:
    """The model; without a source of metrics the text stands alone."""
    runbook, source = query.runbook, session.runbooks
    if runbook is None:
        return RunbookModel(runbooks=tuple(known for name in names() if (known := load(name))))
    if source is None:
        return RunbookModel(reason="No source of metrics is set up.")
    checks, panels = runbook.checks, runbook.panels
    deadline = session.deadline.earlier(session.deadline.remaining - MARGIN_SECONDS)
    pictures = session.call(lambda: source.pictures(panels, query.filters, deadline))
    results = session.call(lambda: source.results([check.expr for check in checks], query.filters, deadline))
    answers, drawn = results.result(), pictures.result()
    reason = " ".join(dict.fromkeys(answer.error.sentence for answer in (answers, drawn) if answer.error))
    return RunbookModel(dict(zip(checks, answers.value or (), strict=False)), drawn.value or {}, reason)
