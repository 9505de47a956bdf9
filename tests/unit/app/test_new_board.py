"""What a proposal asks of a backend: names by a prefix, and labels that split a chart."""

from __future__ import annotations

import pytest

from app import new_board
from app.metric_facts import useful_labels
from app.new_board import _metrics
from app.settings import Settings
from queries.core.deadline import Deadline
from queries.core.time_range import Window
from queries.metrics.prometheus import decode
from tests.formula import Formula


class Backend(Formula):
    """Two metrics with labels."""

    matches: list[str]

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        if label == "__name__":
            self.matches = [match]
            return ("x_total", "x_seconds_bucket", "x_seconds_count", "x_seconds_sum", 'odd "name"')
        return {"job": ("a",), "code": ("200", "500"), "path": tuple(map(str, range(200))), "version": ("1",)}[label]

    def label_names(self, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ("__name__", "code", "job", "path", "version")


def test_metrics_have_the_labels_that_tell_something() -> None:
    backend = Backend([0.0])
    metrics = _metrics(backend, "x.", Deadline.after(5))

    assert [(metric.name, metric.labels) for metric in metrics] == [
        ("x_seconds", ("job", "code")),
        ("x_total", ("job", "code")),
    ]
    assert backend.matches == ['{__name__=~"x\\\\..*"}']


def test_the_label_with_the_fewest_values_comes_first() -> None:
    counts = {"a": 9, "b": 2, "one": 1, "many": 101, "instance": 1}
    values = {label: tuple(map(str, range(count))) for label, count in counts.items()}

    assert useful_labels(values) == ("instance", "b", "a")


def test_metadata_give_type_and_help() -> None:
    body = b'{"status": "success", "data": {"x": [{"type": "counter", "help": "h", "unit": ""}], "y": []}}'

    assert decode.metric_types(body, "prometheus") == {"x": ("counter", "h")}


def test_a_backend_that_does_not_answer_gives_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_board, "SECONDS", 1.0)
    texts: list[str] = []
    settings = Settings(prometheus_url="http://127.0.0.1:9")

    assert new_board.new_board(settings, "x", texts.append, texts.append) == 1
    assert len(texts) == 1
    assert "127.0.0.1:9" in texts[0] or "Prometheus" in texts[0]
