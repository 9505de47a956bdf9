"""Service map: nodes and edges from spans; pure functions that all trace stores use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from queries.traces.identity import CALLING, parents
from queries.traces.types import MapEdge, MapNode

# Attributes of a client span that name the callee, best first (OpenTelemetry semantic conventions, old and new).
PEERS: Final = (
    "peer.service",
    "gen_ai.provider.name",
    "gen_ai.system",
    "db.system.name",
    "db.system",
    "messaging.system",
    "rpc.system",
    "server.address",
    "net.peer.name",
    "http.host",
    "span.destination.service.resource",
)


class MapSpan(NamedTuple):
    """The fields of a span that the map needs; `peer` is empty if the span does not name the callee."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    kind: str
    duration_ns: int
    error: bool
    peer: str
    start_ns: int = 0


def peer_of(attributes: Mapping[str, Any]) -> str:
    """The callee of a client span; empty if no attribute names it."""
    return next((str(attributes[name]) for name in PEERS if attributes.get(name)), "")


def service_edges(spans: Sequence[MapSpan]) -> tuple[tuple[MapNode, ...], tuple[MapEdge, ...]]:
    """Nodes and edges by calls. A call is measured by its caller's span; a callee without spans is external.

    If a service answers some calls to a peer, the other calls to that peer belong to the service too: each service
    samples independently, so some of its spans are missing.
    """
    spans = tuple(dict.fromkeys(spans))  # an exporter that tries again may write a span twice
    above = parents(spans)
    calls: dict[tuple[str, str], list[MapSpan]] = defaultdict(list)
    answered: set[int] = set()
    for span, parent in _calls(spans, above):
        answered |= set(_same_call(parent, spans, above))
        # The caller's span includes the network; an internal parent covers more than the call.
        caller = spans[parent]
        calls[caller.service, span.service].append(caller if caller.kind in CALLING else span)
    known = _known_peers(spans, above)
    externals = set()
    for index, span in enumerate(spans):
        outgoing = span.kind in CALLING and span.peer and index not in answered
        # A client span within a client span is the same call; the outer span names the callee best.
        inner = outgoing and any(spans[outer].peer for outer in _same_call(index, spans, above) if outer != index)
        if outgoing and not inner and span.peer != span.service:
            service = known.get((span.service, span.peer))
            calls[span.service, service or span.peer].append(span)
            if service is None:
                externals.add(span.peer)
    edges = [_edge(source, target, edge_calls) for (source, target), edge_calls in calls.items()]
    return _nodes(spans, externals, edges), tuple(
        sorted(edges, key=lambda edge: (-edge.calls, edge.source, edge.target))
    )


def _calls(spans: Sequence[MapSpan], above: Sequence[int]) -> Iterator[tuple[MapSpan, int]]:
    """Spans whose parent lies in another service, with the parent's index."""
    for span, parent in zip(spans, above, strict=True):
        if parent >= 0 and spans[parent].service != span.service:
            yield span, parent


def _known_peers(spans: Sequence[MapSpan], above: Sequence[int]) -> dict[tuple[str, str], str]:
    """The service behind what a caller calls a peer."""
    services: dict[tuple[str, str], str] = {}
    for span, parent in _calls(spans, above):
        if spans[parent].kind in CALLING:
            for outer in _same_call(parent, spans, above):
                if spans[outer].peer:
                    services[spans[parent].service, spans[outer].peer] = span.service
    return services


def _same_call(index: int, spans: Sequence[MapSpan], above: Sequence[int]) -> list[int]:
    """The outgoing span and its direct client ancestors in the same service, such as a library's around HTTP's."""
    indices: list[int] = []
    service, outer = spans[index].service, index
    while outer >= 0 and spans[outer].service == service and spans[outer].kind in CALLING and outer not in indices:
        indices.append(outer)
        outer = above[outer]
    return indices or [index]


def _edge(source: str, target: str, calls: Sequence[MapSpan]) -> MapEdge:
    durations = np.array([max(0, call.duration_ns) for call in calls], dtype=np.float64)
    p50, p95 = np.percentile(durations, [50, 95])
    return MapEdge(source, target, len(calls), sum(call.error for call in calls), float(p50), float(p95))


def _nodes(spans: Sequence[MapSpan], externals: set[str], edges: Sequence[MapEdge]) -> tuple[MapNode, ...]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for span in spans:
        counts[span.service][0] += 1
        counts[span.service][1] += span.error
    services = [MapNode(name, False, *count) for name, count in counts.items()]
    outside = [_outside(name, [edge for edge in edges if edge.target == name]) for name in externals - set(counts)]
    return tuple(sorted([*services, *outside], key=lambda node: (node.external, -node.spans, node.name)))


def _outside(name: str, edges: Sequence[MapEdge]) -> MapNode:
    return MapNode(name, True, sum(edge.calls for edge in edges), sum(edge.errors for edge in edges))
