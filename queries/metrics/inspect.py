"""A request in forms that people can take along: a curl command, and Python that gives a pandas frame.

Credentials are left out: what is copied ends up in tickets and chats.
"""

from __future__ import annotations

import shlex

from queries.metrics.request import Request


def as_curl(request: Request, url: str) -> str:
    """A curl command that asks the backend at `url` the same."""
    window = request.window
    instant = window.start == window.end
    parameters = (
        [("query", request.expr), ("time", str(window.end))]
        if instant
        else [
            ("query", request.expr),
            ("start", str(window.start)),
            ("end", str(window.end)),
            ("step", str(window.step)),
        ]
    )
    words = ["curl", "-sS", "-G", _address(url, "query" if instant else "query_range")]
    if request.tenant:
        words += ["-H", f"X-Scope-OrgID: {request.tenant}"]
    for name, value in parameters:
        words += ["--data-urlencode", f"{name}={value}"]
    return shlex.join(words)


def as_python(request: Request, url: str) -> str:
    """Three lines that leave a pandas frame in `frame`; they need prometheus-api-client."""
    window = request.window
    headers = f", headers={ {'X-Scope-OrgID': request.tenant}!r}" if request.tenant else ""
    connect = f"PrometheusConnect({url.rstrip('/')!r}{headers})"
    if window.start == window.end:
        kind, call = "MetricSnapshotDataFrame", f'custom_query({request.expr!r}, params={{"time": {window.end}}})'
        imports = f"from prometheus_api_client import {kind}, PrometheusConnect"
    else:
        start, end = f"datetime.fromtimestamp({window.start})", f"datetime.fromtimestamp({window.end})"
        kind, call = "MetricRangeDataFrame", f'custom_query_range({request.expr!r}, {start}, {end}, "{window.step}")'
        imports = f"from datetime import datetime; from prometheus_api_client import {kind}, PrometheusConnect"
    return f"{imports}\nanswer = {connect}.{call}\nframe = {kind}(answer)"


def _address(url: str, endpoint: str) -> str:
    return f"{url.rstrip('/')}/api/v1/{endpoint}"
