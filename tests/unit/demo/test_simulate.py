"""The simulated day: the whole contract, histograms that agree with themselves, incidents where they belong."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from demo.day import ERRORS, OUTAGE_HOURS_AGO, RESTART_HOURS_AGO, SLOW, SPIKE, Day, Incident, day
from demo.series import Series
from demo.simulate import gateway
from gateway.catalog import BASE_RATE
from gateway.tenants import BUDGETS, KEYS
from telemetry.contract import GATEWAY_METRICS, METRICS, TENANT_LABELS, Kind, Metric
from telemetry.exposition import number

END = 1_767_268_800
EXPORTED = (*METRICS, *GATEWAY_METRICS)
BY_KEY = {"codeagent_llm_requests_total", "codeagent_llm_tokens_total", "codeagent_llm_cost_usd_total"}
BY_TEAM = {"codeagent_mcp_calls_total", "codeagent_llm_fallbacks_total"}
RATE_LIMITS = {
    f"codeagent_llm_{name}" for name in ("rate_limit_remaining", "rate_limit_limit", "tokens_remaining", "tokens_limit")
}
HOUR = 3_600


@pytest.fixture(scope="module")
def simulated() -> Day:
    return day(END)


@pytest.fixture(scope="module")
def series(simulated: Day) -> list[Series]:
    return list(gateway(simulated))


def named(series: list[Series], name: str, **labels: str) -> list[Series]:
    """The series of a name that carry these labels."""
    return [row for row in series if row.name == name and labels.items() <= row.labels.items()]


def rate(simulated: Day, result: list[Series], incident: Incident | None = None) -> float:
    """Events per second, over the held part of an incident or the two hours before the end."""
    instant = simulated.during(incident) == 1 if incident else simulated.times > simulated.times[-1] - 2 * HOUR
    where = np.flatnonzero(instant)
    grown = sum(float(match.values[where[-1]] - match.values[where[0]]) for match in result)
    return grown / float(simulated.times[where[-1]] - simulated.times[where[0]])


@pytest.mark.parametrize("metric", EXPORTED, ids=lambda metric: metric.name)
def test_every_metric_of_the_contract_is_told_with_its_labels(series: list[Series], metric: Metric) -> None:
    suffixes = ("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",)
    for suffix in suffixes:
        result = named(series, metric.name + suffix)
        expected = {*metric.labels, *(("le",) if suffix == "_bucket" else ())}
        expected |= set(TENANT_LABELS) if metric.name in BY_KEY else set()
        expected |= {"team"} if metric.name in BY_TEAM else set()
        expected |= {"window"} if metric.name in RATE_LIMITS else set()

        assert result
        if metric.name.startswith("codeagent_budget_"):
            assert {frozenset(match.labels) for match in result} == {
                frozenset({"scope", owner}) for owner in TENANT_LABELS
            }
        else:
            assert {frozenset(match.labels) for match in result} == {frozenset(expected)}


def test_nothing_but_the_contract_is_told(series: list[Series]) -> None:
    names = {f"{metric.name}{suffix}" for metric in EXPORTED for suffix in ("", "_bucket", "_sum", "_count")}

    assert {row.name for row in series} <= names


@pytest.mark.parametrize("metric", [metric for metric in EXPORTED if metric.buckets], ids=lambda metric: metric.name)
def test_bounds_are_spelled_as_the_live_gateway_spells_them(series: list[Series], metric: Metric) -> None:
    simulated = {row.labels["le"] for row in named(series, f"{metric.name}_bucket")}

    assert simulated == {number(bound) for bound in (*metric.buckets, float("inf"))}


def test_buckets_are_cumulative_and_the_last_one_is_the_count(series: list[Series]) -> None:
    for count in [row for row in series if row.name.endswith("_count")]:
        base = count.name.removesuffix("_count")
        buckets = named(series, f"{base}_bucket", **count.labels)
        stacked: npt.NDArray[np.float64] = np.array([bucket.values for bucket in buckets])

        assert [bucket.labels["le"] for bucket in buckets][-1] == "+Inf"
        assert (np.diff(stacked, axis=0) >= 0).all(), base
        np.testing.assert_array_equal(stacked[-1], count.values)


def test_counters_fall_only_where_the_gateway_restarted(simulated: Day, series: list[Series]) -> None:
    restarts = {
        int(np.searchsorted(simulated.times, simulated.times[-1] - hours * HOUR))
        for hours in (RESTART_HOURS_AGO, OUTAGE_HOURS_AGO)
    }

    for row in series:
        if row.name.endswith(("_total", "_bucket", "_count", "_websocket_connections")):
            falls = set((np.flatnonzero(np.diff(row.values) < 0) + 1).tolist())
            assert falls <= restarts, row
            assert (row.values >= 0).all()
    busy = named(series, "codeagent_requests_total", endpoint=ERRORS.place, status="200")[0]
    assert set((np.flatnonzero(np.diff(busy.values) < 0) + 1).tolist()) == restarts


def test_requests_and_the_durations_of_requests_are_the_same_requests(series: list[Series]) -> None:
    for total in named(series, "codeagent_requests_total"):
        durations = named(series, "codeagent_request_duration_count", **total.labels)

        np.testing.assert_array_equal(durations[0].values, total.values)


def test_the_gateway_is_away_for_three_minutes(simulated: Day) -> None:
    away = simulated.times[~simulated.gateway_up]

    assert away[-1] - away[0] == pytest.approx(180, abs=30)


@pytest.mark.slow
def test_the_same_end_tells_the_same_day_and_another_seed_another(series: list[Series]) -> None:
    again, other = list(gateway(day(END))), list(gateway(day(END, seed=2)))

    assert all((a.values == b.values).all() for a, b in zip(series, again, strict=True))
    assert any((a.values != b.values).any() for a, b in zip(series, other, strict=True))


def test_the_day_has_a_curve_round_the_usual_rate(simulated: Day, series: list[Series]) -> None:
    requests = sum(row.values for row in named(series, "codeagent_requests_total"))
    grown = np.diff(np.asarray(requests)) / np.diff(simulated.times)

    assert np.median(grown) == pytest.approx(BASE_RATE, rel=0.3)
    smooth = np.convolve(grown[grown > 0], np.ones(60) / 60, mode="valid")
    assert smooth.max() / smooth.min() > 1.8


def test_one_endpoint_fails_in_the_first_incident(simulated: Day, series: list[Series]) -> None:
    def failed(incident: Incident | None, **labels: str) -> float:
        requests = named(series, "codeagent_requests_total", **labels)
        bad = [request for request in requests if request.labels["status"].startswith("5")]
        return rate(simulated, bad, incident) / rate(simulated, requests, incident)

    assert failed(ERRORS, endpoint=ERRORS.place) > 0.2
    assert failed(ERRORS) > 0.05
    assert failed(None) < 0.01
    assert failed(ERRORS, endpoint="/v1/embeddings") < 0.02


def test_one_provider_is_slow_and_refuses_in_the_second(simulated: Day, series: list[Series]) -> None:
    def mean_ms(incident: Incident | None, provider: str) -> float:
        sums, counts = (named(series, f"codeagent_llm_latency_{kind}", provider=provider) for kind in ("sum", "count"))
        return rate(simulated, sums, incident) / rate(simulated, counts, incident)

    def refused(incident: Incident | None) -> float:
        return rate(simulated, named(series, "codeagent_llm_rate_limited_total", provider=SLOW.place), incident)

    assert mean_ms(SLOW, SLOW.place) > 3 * mean_ms(None, SLOW.place)
    assert mean_ms(SLOW, "openai") < 1.2 * mean_ms(None, "openai")
    assert refused(SLOW) > 20 * refused(None)


def test_connections_multiply_in_the_third(simulated: Day, series: list[Series]) -> None:
    active = named(series, "codeagent_connections_active")[0].values

    assert active[simulated.during(SPIKE) == 1].mean() > 3 * np.median(active)


def test_each_key_has_its_share_of_calls_and_dollars(simulated: Day, series: list[Series]) -> None:
    for name in ("codeagent_llm_requests_total", "codeagent_llm_cost_usd_total"):
        whole = rate(simulated, named(series, name))
        for key in KEYS:
            assert rate(simulated, named(series, name, key=key.alias)) == pytest.approx(key.share * whole, rel=0.01)


def test_a_budget_loses_what_its_keys_spend_and_begins_anew_at_its_reset(simulated: Day, series: list[Series]) -> None:
    for budget in BUDGETS:
        left = named(series, "codeagent_budget_remaining_usd", **budget.labels)[0].values
        spent = sum(
            (
                row.values
                for key in KEYS
                if budget.covers(key)
                for row in named(series, "codeagent_llm_cost_usd_total", key=key.alias)
            ),
            np.zeros(simulated.times.size),
        )
        resets = np.flatnonzero(np.diff([budget.number(float(instant)) for instant in simulated.times]))
        assert (left[resets + 1] == budget.limit).all()
        recent = slice(-200, None)
        assert left[recent][0] - left[-1] == pytest.approx(spent[recent][-1] - spent[recent][0], rel=1e-6)
