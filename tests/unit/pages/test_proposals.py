"""Any metric has a panel that fits its type and unit."""

from __future__ import annotations

import pytest

from pages.files.board import read, write
from pages.files.checks import problems
from pages.proposals import MetricFacts, MetricType, board, facts
from panels.spec import BucketHeatmap, Lines, Unit


def test_series_names_belong_to_metrics_with_a_type() -> None:
    names = [
        "a_seconds_bucket",
        "a_seconds_count",
        "a_seconds_sum",
        "b_total",
        "c_bytes",
        "d_count",
        "e_sum",
        "e_count",
        "f",
    ]
    metrics = facts(names, {"f": ("counter", "What f counts.")})

    assert {metric.name: metric.type for metric in metrics} == {
        "a_seconds": MetricType.HISTOGRAM,
        "b_total": MetricType.COUNTER,
        "c_bytes": MetricType.GAUGE,
        "d_count": MetricType.GAUGE,
        "e": MetricType.SUMMARY,
        "f": MetricType.COUNTER,
    }
    assert metrics[-1].help == "What f counts."


@pytest.mark.parametrize(
    ("metric", "unit", "expr"),
    [
        (
            MetricFacts("x_bytes_total", MetricType.COUNTER, ("job", "code")),
            Unit.BYTES_PER_SECOND,
            "sum by (code) (rate(x_bytes_total{$filter(job)}[$__rate_interval]))",
        ),
        (
            MetricFacts("x_seconds_total", MetricType.COUNTER),
            Unit.RATIO,
            "sum (rate(x_seconds_total[$__rate_interval]))",
        ),
        (MetricFacts("x_total", MetricType.COUNTER), Unit.PER_SECOND, "sum (rate(x_total[$__rate_interval]))"),
        (MetricFacts("x_bytes", MetricType.GAUGE, ("instance",)), Unit.BYTES, "x_bytes{$filter(instance)}"),
        (
            MetricFacts("x_seconds", MetricType.HISTOGRAM),
            Unit.SECONDS,
            "histogram_quantile(0.5, sum by (le) (rate(x_seconds_bucket[$__rate_interval])))",
        ),
        (
            MetricFacts("x_seconds", MetricType.SUMMARY),
            Unit.SECONDS,
            "sum (rate(x_seconds_sum[$__rate_interval])) / sum (rate(x_seconds_count[$__rate_interval]))",
        ),
    ],
)
def test_a_metric_is_asked_for_by_its_type(metric: MetricFacts, unit: Unit, expr: str) -> None:
    panel = board("mine", "Mine", [metric]).panels[0]

    assert (panel.unit, panel.queries[0].expr) == (unit, expr)


def test_a_histogram_has_quantiles_and_a_heatmap_in_its_unit() -> None:
    panels = board("mine", "Mine", [MetricFacts("x_seconds", MetricType.HISTOGRAM)]).panels

    assert [type(panel.view) for panel in panels] == [Lines, BucketHeatmap]
    assert panels[1].view == BucketHeatmap(Unit.SECONDS)


def test_a_proposal_is_a_board_file() -> None:
    every = [MetricFacts(f"x_{kind}", kind, ("job", "instance", "a"), 'What "x" is.\nTwo lines') for kind in MetricType]
    proposal = board("mine", "Mine", every)

    assert list(problems(proposal)) == []
    assert read(write(proposal), "mine.toml") == proposal
    assert proposal.filters == ("job", "instance")
