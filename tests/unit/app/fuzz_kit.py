"""Hostile and half-valid requests over every address of the app, the same ones for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np

from pages import BOARDS
from queries.alerts.types import Rule
from queries.core.deadline import Deadline
from queries.core.time_range import Window
from queries.metrics.alerts import FiringAlert
from queries.metrics.frame import Frame
from queries.metrics.request import Request
from queries.metrics.source import Fetched, Target

HOSTILE: Sequence[str] = (
    "", " ", "0", "-1", "²", "٣", "1e999", "nan", "inf", "-0", "9" * 30, "9" * 5_000, "true", "null", "[]", "{}",
    "now", "now-", "now-6h", "now-0s", "now-999999999w", "now+1h", "NOW-1H", "2026-01-31T14:05Z", "2026-02-30T00:00Z",
    "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-14:00", "32503680000", "1790000000", "1790000600", "1790000000.5",
    "<script>alert(1)</script>", "'\"><img src=x>", "=1+1", "\x00", "\x1b[31m", "\u202e", "\ud83d", "é" * 300, "%",
    "%00", "%zz", "..", "../../etc/passwd", "//evil.example", "/", "\\", "\n", "\r\nSet-Cookie: a=b", "a" * 10_000,
    "$__interval", "${jndi:ldap://x}", "{{x}}", ".*", "(((((", "[" * 2_000, "a:b", ":", "-:", "level:", "level:Error",
    "Status:>=500", "NOT", "AND OR", '"', '"unended', "/regex", "exception.type:", "csv", "all", "off", "live",
    "overview", "s", "m", "l", "period", "day", "week", "5s", "newest", "slowest", "error", "Error", "Fatal",
    "c0ffee00c0ffee00", "0af7651916cd43dd8448eb211c80319c", f"{1:032x}", f"{1:016x}", "0" * 32, "z" * 32,
)  # fmt: skip
NAMES: Sequence[str] = (
    "from", "to", "w", "compare", "refresh", "theme", "tz", "panels", "endpoint", "provider", "model", "instance",
    "environment", "boards", "at", "q", "f", "id", "span", "all", "live", "level", "cols", "cursor", "sort", "status",
    "min", "max", "by", "a", "b", "view", "diff", "around", "template", "service", "target", "self", "cls",
    "page", "limit",
)  # fmt: skip
# What a page really sends: without it most requests would end at the first check.
VALID: Mapping[str, Sequence[str]] = {
    "from": ("now-1h", "now-30d", "1790000000", "2026-09-21T14:00Z"), "to": ("now", "now-5m", "1790000600"),
    "w": ("s", "m", "l"), "compare": ("period", "day", "week"), "id": (f"{1:032x}", "0af7651916cd43dd8448eb211c80319c"),
    "span": (f"{1:016x}", f"{2:016x}"), "a": (f"{1:032x}",), "b": (f"{1:032x}",), "q": ("level:Error", "Status:>=500"),
    "f": ("Endpoint:/v1/chat", "-level:Error", "Status:", "exception.type:ValueError", "Status:>=1e400"),
    "sort": ("newest", "oldest", "slowest"), "status": ("error", "ok"), "level": ("Error", "Fatal"),
    "min": ("0", "250"), "max": ("9",),
    "endpoint": ("/v1/chat", "=x", "$__interval"), "cols": ("Endpoint", "Status", "exception"), "at": ("0", "3"),
    "cursor": ("WzFd", "eyJhIjoxfQ==", "1:2:3", "bnVsbA"), "boards": ("overview,providers",), "panels": ("requests",),
}  # fmt: skip
HEADERS: Sequence[tuple[str, str]] = (
    ("Accept-Encoding", "br;q=0, gzip;q=x"), ("Accept-Encoding", "br, gzip, zstd, *;q=0"), ("If-None-Match", '"'),
    ("If-None-Match", "*"), ("If-None-Match", 'W/"x", "y'), ("If-Modified-Since", "yesterday"), ("Range", "bytes=9-1"),
    ("Range", "bytes=0-0"), ("Content-Type", "application/json"), ("Content-Type", "text/plain; charset=klingon"),
    ("Content-Type", "multipart/form-data; boundary=x"), ("Content-Type", "application/x-www-form-urlencoded"),
    ("Cookie", "a=\"b; =; c"), ("Sec-CH-UA-Mobile", "?1"), ("traceparent", "00-zz-zz-01"),
    ("X-Correlation-ID", "a" * 300),
    ("Accept", "*/*;q=nan"), ("Authorization", "Basic !!!"), ("Content-Encoding", "gzip"), ("X-Forwarded-For", "x, y"),
    ("Forwarded", "for=;;"), ("Accept-Language", "☃".encode().decode("latin-1")), ("User-Agent", ""),
)  # fmt: skip
CALLBACK = {
    "output": ".._pages_content.children..._pages_store.data..",
    "outputs": [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
    "inputs": [
        {"id": "_pages_location", "property": "pathname", "value": "/overview"},
        {"id": "_pages_location", "property": "search", "value": "?boards=a&boards=b&at=²"},
    ],
    "changedPropIds": ["_pages_location.pathname"],
    "state": [],
}
LEAVES: Sequence[Any] = (None, True, -1, 1e308, 2**70, "", "x", [], {}, [[]], {"id": {}}, "\ud83d", "..", "a.b", "²")


@dataclass(frozen=True)
class Asked:
    """One request: what the test client's `open` takes."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass
class Steady:
    """A source that answers everything with two series."""

    name: str = "prometheus"
    identity: str = "prometheus"
    url: str = "http://127.0.0.1:9090"
    labels: tuple[dict[str, str], ...] = field(default_factory=lambda: ({"endpoint": "/v1/chat"}, {"endpoint": "=x"}))

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        times = request.window.times()
        values = np.ones((len(self.labels), len(times)))
        return Fetched(Frame(times, self.labels, values), float(request.window.end))

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ("a", "b")

    def label_names(self, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ()

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        return True

    def scrape_interval(self, metrics: Collection[str] = ()) -> int:
        return 15

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        return ()

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        return ()

    def rules(self, deadline: Deadline) -> tuple[Rule, ...]:
        return ()

    def started_at(self, deadline: Deadline) -> float:
        return 0.0


def request(chance: random.Random, rule: str, methods: Sequence[str]) -> Asked:
    """A request for an address of the app; `rule` is as Flask writes it."""
    path = "".join(_segment(chance, part) for part in rule.replace(">", "<").split("<"))
    pairs = [_pair(chance) for _ in range(chance.choice((0, 1, 2, 3, 4, 7)))]
    if "trace" in rule and chance.random() < 0.7:
        pairs.append(("id", f"{1:032x}"))
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
    method = chance.choice(methods)
    kind = (("Content-Type", "application/json"),) if method == "POST" and chance.random() < 0.9 else ()
    return Asked(
        method,
        path + (f"?{query}" if query or chance.random() < 0.1 else ""),
        (*kind, *chance.sample(HEADERS, chance.choice((0, 0, 1, 3)))),
        _body(chance) if method == "POST" else b"",
    )


def _segment(chance: random.Random, part: str) -> str:
    """A variable of a rule replaced; what is fixed stays."""
    kinds: dict[str, Callable[[], str]] = {
        "board_id": lambda: chance.choice(tuple(BOARDS)),
        "panel_id": lambda: chance.choice([panel.id for board in BOARDS.values() for panel in board.panels]),
        "form": lambda: chance.choice(("json", "csv")),
        "kind": lambda: chance.choice(("csv", "ndjson")),
        "label": lambda: chance.choice(("endpoint", "provider", "instance")),
        "page_id": lambda: chance.choice(("logs", "traces", "trace", "compare", "map", "endpoint")),
        "package_name": lambda: chance.choice(("dash", "plotly", "sys", "app")),
        "fingerprinted_path": lambda: chance.choice(("dcc/async-graph.js", "dcc/async-graph.v1m1.js", "x.js", "a.b.c")),
        "path": lambda: chance.choice(("overview", "kiosk", "about", "embed/overview", "embed/overview/x", "logs/")),
    }
    known = kinds.get(part.rpartition(":")[2])
    if known is None:
        return part
    return known() if chance.random() < 0.8 else quote(chance.choice(HOSTILE), safe="", errors="surrogatepass")


def _pair(chance: random.Random) -> tuple[str, str]:
    name = chance.choice(NAMES) if chance.random() < 0.95 else chance.choice(HOSTILE)
    return name, chance.choice(VALID[name] if name in VALID and chance.random() < 0.7 else HOSTILE)


def _quoted(text: str) -> str:
    """As it may stand in an address: mostly quoted, a lone surrogate as the bytes that a broken client sends."""
    return quote(text, safe="%:/", errors="surrogatepass")


def _body(chance: random.Random) -> bytes:
    form = chance.randrange(6)
    if form == 0:
        return chance.choice(HOSTILE).encode("utf-8", "surrogatepass")
    if form == 1:
        return chance.randbytes(chance.choice((1, 50, 5_000)))
    if form == 2:
        return b"[" * 50_000
    text = json.dumps(_changed(chance, CALLBACK) if form > 3 else CALLBACK).encode()
    return text if chance.random() < 0.9 else text[: chance.randrange(len(text))]


def _changed(chance: random.Random, value: Any) -> Any:
    """The value with a leaf or a branch replaced, taken away or doubled somewhere."""
    if chance.random() < 0.12 or not isinstance(value, dict | list):
        return chance.choice(LEAVES) if chance.random() < 0.5 else value
    if isinstance(value, list):
        return [_changed(chance, item) for item in value for _ in range(chance.choice((1, 1, 1, 1, 2)))]
    return {name: _changed(chance, item) for name, item in value.items() if chance.random() < 0.95}
