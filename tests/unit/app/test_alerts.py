"""The sentence of state above every board."""

from __future__ import annotations

from app.alerts import Alert, AlertReader, sentence
from panels.spec import Status


def _alert(status: Status, since: float = 0.0, text: str = "something") -> Alert:
    return Alert("name", status, text, since, "/overview")


def test_no_alert_is_all_normal() -> None:
    assert (Status.GOOD, "All normal") == (sentence([]).status, sentence([]).text)


def test_the_worst_comes_first_then_the_oldest() -> None:
    made = sentence([
        _alert(Status.WARNING, 1, "a"), _alert(Status.CRITICAL, 3, "b"), _alert(Status.CRITICAL, 2, "c"),
    ])  # fmt: skip

    assert made.status is Status.CRITICAL
    assert made.text == "2 critical, 1 warning:"
    assert ["c", "b", "a"] == [item.text for item in made.items]


def test_many_alerts_are_counted_and_a_few_shown() -> None:
    made = sentence([_alert(Status.WARNING, number) for number in range(9)])

    assert (4, "9 warning (and 5 more):") == (len(made.items), made.text)


def test_a_source_that_does_not_answer_is_not_called_normal() -> None:
    made = AlertReader("http://127.0.0.1:9").sentence()

    assert made.status is Status.UNKNOWN
    assert "Prometheus" in made.text
