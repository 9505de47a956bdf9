"""What is kept for seconds is gone after them, bounded in number and size, and holds no traceback."""

from __future__ import annotations

from queries.core.errors import QueryError
from queries.core.ttl_cache import TTLCache


def cache(now: list[float], most: int = 3, most_size: float = 100.0) -> TTLCache[str, str]:
    return TTLCache(most, lambda: now[0], len, most_size)


def test_a_value_is_good_for_its_seconds() -> None:
    now = [0.0]
    kept = cache(now)
    kept.put("a", "x", 5)
    now[0] = 4.9
    assert kept.get("a") == "x"
    now[0] = 5.0
    assert kept.get("a") is None
    assert (len(kept), kept.size) == (0, 0)


def test_the_least_used_value_leaves_first() -> None:
    kept = cache([0.0])
    for key in "abc":
        kept.put(key, key, 5)
    kept.get("a")
    kept.put("d", "d", 5)
    assert [kept.get(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_sizes_are_bounded_and_what_is_larger_by_itself_is_not_kept() -> None:
    kept = cache([0.0], most=100)
    kept.put("old", "o" * 60, 5)
    kept.put("new", "n" * 60, 5)
    assert (kept.get("old"), kept.size) == (None, 60)
    kept.put("huge", "h" * 101, 5)
    assert (kept.get("huge"), kept.get("new")) == (None, "n" * 60)
    kept.put("new", "h" * 101, 5)
    assert (kept.get("new"), kept.size) == (None, 0)


def test_an_error_is_kept_without_frames() -> None:
    kept: TTLCache[str, QueryError] = TTLCache()
    try:
        raise QueryError("no", "hint")
    except QueryError as error:
        kept.put("a", error, 5)
    known = kept.get("a")
    assert known is not None
    assert (known.sentence, known.__traceback__) == ("no", None)
