"""The pages behind the boards: traces, one trace, log lines. Questions to the stores, answers as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from explore import compare, endpoint, logs, service_map, trace, traces
from explore.page import Page

PAGES: Mapping[str, Page] = {
    page.id: page for page in (traces.PAGE, trace.PAGE, compare.PAGE, service_map.PAGE, endpoint.PAGE, logs.PAGE)
}
