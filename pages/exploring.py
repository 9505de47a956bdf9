"""The pages behind the boards: traces, log lines, alerts, changes. Questions to the stores, answers as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from pages.alerts import page as alerts
from pages.changes import page as changes
from pages.compare import page as compare
from pages.endpoint import page as endpoint
from pages.explore import page as explore
from pages.incident import page as incident
from pages.logs import page as logs
from pages.page import Page
from pages.runbooks import page as runbooks
from pages.service_map import page as service_map
from pages.trace import page as trace
from pages.traces import page as traces

PAGES: Mapping[str, Page] = {
    page.id: page
    for page in (
        traces.PAGE,
        trace.PAGE,
        compare.PAGE,
        service_map.PAGE,
        endpoint.PAGE,
        logs.PAGE,
        alerts.PAGE,
        runbooks.PAGE,
        changes.PAGE,
        incident.PAGE,
        explore.PAGE,
    )
}
