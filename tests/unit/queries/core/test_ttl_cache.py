"""What is kept for seconds is gone after them, bounded in number and size, and holds no traceback."""

from __future__ import annotations

from queries.core.errors import QueryError
from queries.core.ttl_cache import TTLCache


def cache(now: list[float], most: int = 3, most_size: float = 100.0) -> TTLCache[str, str]:
    return TTLCache(most, lambda: now[0], len, most_size)


def test_a_value_is_good_for_its_seconds() -> None:
    now = [0.0]
    stored = cache(now)
    stored.put("a", "x", 5)
    now[0] = 4.9
    assert stored.get("a") == "x"
    now[0] = 5.0
    assert stored.get("a") is None
    assert (len(stored), stored.size) == (0, 0)


def test_the_least_used_value_leaves_first() -> None:
    stored = cache([0.0])
    for key in "abc":
        stored.put(key, key, 5)
    stored.get("a")
    stored.put("d", "d", 5)
    assert [stored.get(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_sizes_are_bounded_and_what_is_larger_by_itself_is_not_kept() -> None:
    stored = cache([0.0], most=100)
    stored.put("old", "o" * 60, 5)
    stored.put("new", "n" * 60, 5)
    assert (stored.get("old"), stored.size) == (None, 60)
    stored.put("huge", "h" * 101, 5)
    assert (stored.get("huge"), stored.get("new")) == (None, "n" * 60)
    stored.put("new", "h" * 101, 5)
    assert (stored.get("new"), stored.size) == (None, 0)


def test_an_error_is_kept_without_frames() -> None:
    stored: TTLCache[str, QueryError] = TTLCache()
    try:
        raise QueryError("no", "hint")
    except QueryError as error:
        stored.put("a", error, 5)
    known = stored.get("a")
    assert known is not None
    assert (known.sentence, known.__traceback__) == ("no", None)
