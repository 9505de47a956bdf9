"""The address of the trace pages as a question to the trace store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from pages import differences
from pages.page_url import PageUrl
from queries.core.errors import InvalidInput
from queries.search.grammar import parse, quote, quote_field
from queries.search.results import Filter
from queries.traces.service_map import PEERS
from queries.traces.types import Sort, TracePaging, TraceQuery

# What boards call a label, and what spans call it.
BOARD_LABELS: Final = {
    "endpoint": "http.route",
    "provider": "provider.id",
    "model": "gen_ai.request.model",
    "environment": "deployment.environment.name",
}
PARAMETERS: Final = (*BOARD_LABELS, "service", "op", "status", "code", "min", "max", "peer", "q", "f", "in")
LISTED: Final = 30
SORTS: Final = get_args(Sort)


@dataclass(frozen=True)
class TracesQuery:
    """What the URL of the traces page asks for: a search, a place in its list, spans to compare with the rest."""

    url: PageUrl
    search: TraceQuery
    paging: TracePaging
    different: str


def read(url: PageUrl) -> TracesQuery:
    """The query. Raises InvalidInput, and GrammarError for what was typed."""
    paging = TracePaging(LISTED, sort_of(url), url.value("cursor"))
    return TracesQuery(url, query_of(url), paging, differences.selection_of(url))


def query_of(url: PageUrl) -> TraceQuery:
    """The question. Raises InvalidInput (and GrammarError when the store compiles the text)."""
    low, high = url.number("min"), url.number("max")
    if low is not None and high is not None and low > high:
        raise InvalidInput("min", f"The shortest duration, {low:g} ms, is longer than the longest, {high:g} ms.")
    boards = tuple(Filter(field, url.all(name)) for name, field in BOARD_LABELS.items() if url.all(name))
    status = url.choice("status", ("error", "ok", "unset"))
    # A caller that is traced too has the root: of a service or an endpoint, whole requests are what it was asked.
    requests, served = scope(url) == "requests", bool(url.all("endpoint"))
    only: Literal["", "roots", "entries"] = "" if not requests or served else "roots"
    if only and url.value("service"):
        only = "entries"
    return TraceQuery(
        url.range,
        url.value("service"),
        url.value("op"),
        status,  # type: ignore[arg-type]
        None if low is None else round(low * 1e6),
        None if high is None else round(high * 1e6),
        (*boards, *url.filters),
        _text(url, served and requests),
        only,
    )


def served_of(url: PageUrl) -> TraceQuery:
    """What was asked of the endpoints that the address names. Raises as `query_of`."""
    return replace(query_of(url), text=_text(url, served=True), only="")


def scope(url: PageUrl) -> str:
    """Whether whole requests are searched or every span: what names a span is looked for in all of them."""
    named = any(url.all(name) for name in ("op", "q", "f", "peer", "provider", "model"))
    return url.choice("in", ("requests", "spans"), "spans" if named else "requests")


def sort_of(url: PageUrl) -> Sort:
    """The order of the list."""
    return url.choice("sort", SORTS, "newest")  # type: ignore[return-value]


def _text(url: PageUrl, served: bool) -> str:
    """The search box, narrowed by what has no filter of its own: a status code, the other side of a call.

    Raises GrammarError when what was typed is no search by itself.
    """
    typed, code, peer = url.value("q"), url.value("code"), url.value("peer")
    parse(typed)
    clauses = [_code(code)] if code else []
    if served:
        clauses.append("kind:server")
    if peer:
        clauses.append("(" + " OR ".join(f"{quote_field(name)}:{quote(peer)}" for name in PEERS) + ")")
    return " ".join([f"({typed})" if typed.strip() and clauses else typed, *clauses])


def _code(code: str) -> str:
    """`429`, or the class `4xx`."""
    if len(code) == 3 and code[0].isdecimal() and code[1:] == "xx":
        return f"http.response.status_code:[{code[0]}00 TO {code[0]}99]"
    return f"http.response.status_code:{quote(code)}"
