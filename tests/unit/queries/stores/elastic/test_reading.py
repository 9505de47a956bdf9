"""Reading spans from Elasticsearch: what was left out is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from queries.stores.elastic.client import Answer
from queries.stores.elastic.trace_reading import events_left_out


def answer(hits: Sequence[Any], total: int) -> Answer:
    return Answer({"hits": {"hits": list(hits), "total": {"value": total, "relation": "eq"}}})


def test_events_beyond_the_limit_are_said() -> None:
    assert events_left_out([answer([{}] * 3, 3)]) == ()
    assert events_left_out([answer([{}] * 3, 5_003)]) == ("5,000 more events of the spans are not shown.",)
