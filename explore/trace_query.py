"""The address of the trace pages as a question to the trace store."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, get_args

from explore.address import Address
from queries.core.errors import InvalidInput
from queries.search.grammar import parse, quote, quote_field
from queries.search.results import Filter
from queries.traces.service_map import PEERS
from queries.traces.types import Sort, TraceQuery

# What boards call a label, and what spans call it.
BOARD_LABELS: Final = {
    "endpoint": "http.route", "provider": "provider.id", "model": "gen_ai.request.model",
    "environment": "deployment.environment.name",
}  # fmt: skip
PARAMETERS: Final = (*BOARD_LABELS, "service", "op", "status", "code", "min", "max", "peer", "q", "f", "in")
SORTS: Final = get_args(Sort)


def query_of(address: Address) -> TraceQuery:
    """The question. Raises InvalidInput (and GrammarError when the store compiles the text)."""
    low, high = address.number("min"), address.number("max")
    if low is not None and high is not None and low > high:
        raise InvalidInput("min", f"The shortest duration, {low:g} ms, is longer than the longest, {high:g} ms.")
    boards = tuple(Filter(field, address.many(name)) for name, field in BOARD_LABELS.items() if address.many(name))
    status = address.choice("status", ("error", "ok", "unset"))
    # A caller that is traced too has the root: of a service or an endpoint, whole requests are what it was asked.
    requests, served = scope(address) == "requests", bool(address.many("endpoint"))
    only: Literal["", "roots", "entries"] = "" if not requests or served else "roots"
    if only and address.one("service"):
        only = "entries"
    return TraceQuery(
        address.range, address.one("service"), address.one("op"), status,  # type: ignore[arg-type]
        None if low is None else round(low * 1e6), None if high is None else round(high * 1e6),
        (*boards, *address.filters), _text(address, served and requests), only,
    )  # fmt: skip


def served_of(address: Address) -> TraceQuery:
    """What was asked of the endpoints that the address names. Raises as `query_of`."""
    return replace(query_of(address), text=_text(address, served=True), only="")


def scope(address: Address) -> str:
    """Whether whole requests are searched or every span: what names a span is looked for in all of them."""
    named = any(address.many(name) for name in ("op", "q", "f", "peer", "provider", "model"))
    return address.choice("in", ("requests", "spans"), "spans" if named else "requests")


def sort_of(address: Address) -> Sort:
    """The order of the list."""
    return address.choice("sort", SORTS, "newest")  # type: ignore[return-value]


def _text(address: Address, served: bool) -> str:
    """The search box, narrowed by what has no filter of its own: a status code, the other side of a call.

    Raises GrammarError when what was typed is no search by itself.
    """
    typed, code, peer = address.one("q"), address.one("code"), address.one("peer")
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
