"""A value is read in the background: once at a time, again when it is old, and nobody waits long."""

from __future__ import annotations

import threading
from collections.abc import Callable

from queries.core.background_value import BackgroundValue
from tests.servers import wait_until


def value(read: Callable[[int | None], int], now: list[float]) -> BackgroundValue[int]:
    return BackgroundValue("test", read, lambda _value: 5.0, lambda: now[0])


def test_a_value_is_shared_until_it_is_old_and_then_shown_while_it_is_read_again() -> None:
    now, gate = [0.0], threading.Event()
    gate.set()

    def read(known: int | None) -> int:
        assert gate.wait(30)
        return (known or 0) + 1

    counted = value(read, now)
    assert [counted.get(30) for _ in range(3)] == [1, 1, 1]
    gate.clear()
    now[0] = 5.0
    assert counted.get(30) == 1  # a reading is under way, and nobody waits for it
    gate.set()
    wait_until(lambda: counted.get(30) == 2)


def test_nothing_is_known_while_the_first_reading_takes_longer_than_one_waits() -> None:
    gate = threading.Event()

    def read(_known: int | None) -> int:
        assert gate.wait(30)
        return 1

    slow = value(read, [0.0])
    assert slow.get(0.01) is None
    gate.set()
    assert slow.get(30) == 1
