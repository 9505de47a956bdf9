"""Who calls whom, from spans."""

from __future__ import annotations

from queries.traces.service_map import MapSpan, peer_of, service_edges
from queries.traces.types import MapEdge, MapNode

MS = 1_000_000


def span(
    number: int,
    service: str,
    parent: int = 0,
    kind: str = "internal",
    ms: float = 10,
    *,
    error: bool = False,
    peer: str = "",
    trace: str = "t",
) -> MapSpan:
    above = str(parent) if parent else ""
    return MapSpan(trace, str(number), above, service, kind, int(ms * MS), error, peer)


def calls(edges: tuple[MapEdge, ...]) -> dict[tuple[str, str], tuple[int, int]]:
    return {(edge.source, edge.target): (edge.calls, edge.errors) for edge in edges}


def test_a_call_is_seen_from_its_caller() -> None:
    _, edges = service_edges(
        [span(1, "a", kind="server"), span(2, "a", 1, "client", ms=8), span(3, "b", 2, "server", 5)]
    )
    assert edges == (MapEdge("a", "b", 1, 0, 8 * MS, 8 * MS),)


def test_below_an_internal_span_the_answer_tells_the_time() -> None:
    _, edges = service_edges([span(1, "a", ms=100), span(2, "b", 1, "server", ms=5, error=True)])
    assert edges == (MapEdge("a", "b", 1, 1, 5 * MS, 5 * MS),)


def test_a_span_that_was_written_twice_counts_once() -> None:
    spans = [span(1, "a"), span(2, "a", 1, "client", peer="redis")]
    assert service_edges([*spans, *spans]) == service_edges(spans)


def test_who_answers_with_no_span_is_external() -> None:
    nodes, edges = service_edges([span(1, "a"), span(2, "a", 1, "client", peer="redis", error=True)])
    assert nodes == (MapNode("a", False, 2, 1), MapNode("redis", True, 1, 1))
    assert calls(edges) == {("a", "redis"): (1, 1)}


def test_a_peer_that_answers_is_counted_once_under_its_own_name() -> None:
    _, edges = service_edges([span(1, "a", kind="client", peer="b.internal:80"), span(2, "b", 1, "server")])
    assert calls(edges) == {("a", "b"): (1, 0)}


def test_calls_within_a_service_are_no_edges() -> None:
    nodes, edges = service_edges([span(1, "a"), span(2, "a", 1), span(3, "a", 2, "client", peer="a")])
    assert edges == ()
    assert nodes == (MapNode("a", False, 3, 0),)


def test_a_peer_that_has_spans_elsewhere_is_no_stranger() -> None:
    nodes, edges = service_edges([span(1, "a", kind="client", peer="b"), span(1, "b", trace="other")])
    assert [node.external for node in nodes] == [False, False]
    assert calls(edges) == {("a", "b"): (1, 0)}


def test_same_span_ids_of_two_traces_are_kept_apart() -> None:
    _, edges = service_edges([span(1, "a", trace="x"), span(2, "b", 1, trace="y")])
    assert edges == ()


def test_circles_lost_parents_and_negative_times_do_no_harm() -> None:
    nodes, edges = service_edges(
        [span(1, "a", 2), span(2, "b", 1, ms=-5), span(3, "c", 3), span(4, "d", 99), span(5, "", 1)]
    )
    assert calls(edges) == {("a", "b"): (1, 0), ("b", "a"): (1, 0), ("a", ""): (1, 0)}
    assert all(edge.p50_ns >= 0 for edge in edges)
    assert len(nodes) == 5


def test_of_nothing_comes_nothing() -> None:
    assert service_edges([]) == ((), ())


def test_a_queue_is_called_by_its_producer() -> None:
    _, edges = service_edges([span(1, "a", kind="producer", peer="kafka"), span(2, "b", 1, "consumer")])
    assert calls(edges) == {("a", "b"): (1, 0)}


def test_the_best_name_of_the_other_side_is_taken() -> None:
    assert peer_of({"server.address": "10.0.0.1", "db.system": "redis", "db.system.name": "valkey"}) == "valkey"
    assert peer_of({"peer.service": "", "server.address": "10.0.0.1"}) == "10.0.0.1"
    assert peer_of({"http.route": "/"}) == ""


def test_a_client_around_a_client_makes_one_call() -> None:
    """A provider's library has a span of its own around HTTP's."""
    spans = [span(1, "a"), span(2, "a", 1, "client", peer="openai"), span(3, "a", 2, "client", peer="api.openai.com")]
    answered = [*spans, span(4, "b", 3, "server")]
    assert calls(service_edges(answered)[1]) == {("a", "b"): (1, 0)}
    assert calls(service_edges(spans)[1]) == {("a", "openai"): (1, 0)}


def test_calls_whose_answer_sent_no_span_are_those_of_the_service_that_answers_others() -> None:
    """Each service samples for itself: a failed call is kept here and not there."""
    spans = [
        span(1, "a"),
        span(2, "a", 1, "client", peer="openai"),
        span(3, "b", 2, "server"),
        span(4, "a", trace="u"),
        span(5, "a", 4, "client", peer="openai", error=True, trace="u"),
    ]
    nodes, edges = service_edges(spans)
    assert calls(edges) == {("a", "b"): (2, 1)}
    assert [node.name for node in nodes] == ["a", "b"]
