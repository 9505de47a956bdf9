"""Dollars: tokens normalised per provider, priced by date, and what has no price is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from panels import cost, prices
from queries.core.time_range import Window
from queries.metrics.frame import EMPTY, Frame

PRICES = prices.load(None)
MILLION = 1e6
NOW = int(datetime(2025, 11, 16, 12, tzinfo=UTC).timestamp())
WINDOW = Window(NOW - 3_600, NOW, 3_600)


def frame(rows: dict[tuple[str, str, str], float], times: tuple[int, ...] = (NOW,)) -> Frame:
    """Tokens by (provider, model, kind), the same at every time."""
    labels = tuple({"provider": p, "model": m, "kind": k} for p, m, k in rows)
    return Frame(np.array(times), labels, np.array([[value] * len(times) for value in rows.values()]))


def test_openai_counts_cached_tokens_inside_the_prompt() -> None:
    used = frame(
        {
            ("openai", "gpt-4o", "prompt"): MILLION,
            ("openai", "gpt-4o", "cached"): 0.4 * MILLION,
            ("openai", "gpt-4o", "completion"): 0.1 * MILLION,
        }
    )
    (usage,) = cost.usages(used, PRICES)
    assert usage.dollars[0] == pytest.approx(0.6 * 2.50 + 0.4 * 1.25 + 0.1 * 10)
    assert usage.total_tokens[0] == pytest.approx(1.1 * MILLION)


def test_kinds_that_are_a_partition_are_each_priced_once() -> None:
    used = frame(
        {
            ("openai", "gpt-4o", "prompt"): 0.6 * MILLION,
            ("openai", "gpt-4o", "cached"): 0.4 * MILLION,
            ("openai", "gpt-4o", "completion"): 0.06 * MILLION,
            ("openai", "gpt-4o", "reasoning"): 0.04 * MILLION,
        }
    )
    (usage,) = cost.usages(used, PRICES.of_partition())
    assert usage.dollars[0] == pytest.approx(0.6 * 2.50 + 0.4 * 1.25 + 0.1 * 10)
    assert usage.other_kinds == ()


def test_anthropic_counts_cached_tokens_beside_the_prompt() -> None:
    used = frame(
        {
            ("anthropic", "claude-3-5-sonnet", "prompt"): MILLION,
            ("anthropic", "claude-3-5-sonnet", "cached"): 2 * MILLION,
        }
    )
    (usage,) = cost.usages(used, PRICES)
    assert usage.dollars[0] == pytest.approx(1 * 3.00 + 2 * 0.30)


@pytest.mark.parametrize(
    ("provider", "model", "prompt", "cached", "dollars"),
    [
        ("azure", "gpt-4o", 1.0, 0.8, 0.2 * 2.50 + 0.8 * 1.25),  # unknown: as most providers count
        ("OpenAI", "gpt-4o", 1.0, 0.8, 0.2 * 2.50 + 0.8 * 1.25),
        ("", "gpt-4o", 1.0, 0.8, 0.2 * 2.50 + 0.8 * 1.25),
        ("aws.bedrock", "claude-3-5-sonnet", 1.0, 0.8, 3.00 + 0.8 * 0.30),  # unknown, of a known maker
        ("aws.bedrock", "claude-3-5-sonnet-20241022", 1.0, 0.8, 3.00 + 0.8 * 0.30),
        ("azure", "gpt-4o", 1.0, 2.0, 2.50 + 2 * 1.25),  # cannot be inside
    ],
)
def test_cached_tokens_of_a_provider_that_the_table_does_not_name_are_counted_once(
    provider: str, model: str, prompt: float, cached: float, dollars: float
) -> None:
    used = frame({(provider, model, "prompt"): prompt * MILLION, (provider, model, "cached"): cached * MILLION})
    assert cost.usages(used, PRICES)[0].dollars[0] == pytest.approx(dollars)


def test_kinds_have_the_same_price_under_their_other_names() -> None:
    used = frame(
        {
            ("openai", "gpt-4o", "input"): MILLION,
            ("openai", "gpt-4o", "prompt"): MILLION,
            ("openai", "gpt-4o", "output"): MILLION,
            ("openai", "gpt-4o", "cache_read"): 0.0,
        }
    )
    assert cost.usages(used, PRICES)[0].dollars[0] == pytest.approx(2 * 2.50 + 10.00)


def test_a_total_beside_its_parts_is_not_counted_again() -> None:
    used = frame({("openai", "gpt-4o", "prompt"): MILLION, ("openai", "gpt-4o", "total"): MILLION})
    (usage,) = cost.usages(used, PRICES)
    assert usage.total_tokens[0] == MILLION
    assert usage.unpriced[0] == 0


@pytest.mark.parametrize("derive", [cost.per_hour, cost.today, cost.cumulative, cost.month_with_projection])
@pytest.mark.parametrize(
    ("model", "kind", "name"),
    [
        ("gpt-4o", "", "gpt-4o (no label “kind”)"),
        ("gpt-4o", "audio", "gpt-4o (kind “audio”)"),
        ("gpt-4o", "total", "gpt-4o (kind “total”)"),
        ("acme-1", "prompt", "acme-1"),
        ("acme-1", "", "acme-1"),
    ],
)
def test_tokens_without_any_price_are_said_and_not_taken_for_none(
    derive: object, model: str, kind: str, name: str
) -> None:
    result = derive((frame({("openai", model, kind): MILLION}),), WINDOW, PRICES)  # type: ignore[operator]
    assert result[0].is_empty
    assert result[0].notes == (f"Tokens were used, but none of them have a price: {name}",)


def test_tokens_of_a_kind_without_a_price_are_said_beside_the_dollars_of_the_others() -> None:
    used = frame({("openai", "gpt-4o", "prompt"): 3 * MILLION, ("openai", "gpt-4o", ""): MILLION})
    (result,) = cost.per_hour((used,), WINDOW, PRICES)
    assert result.values[0, 0] == pytest.approx(3 * 2.50 * 3_600)
    assert result.notes == ("25 % of the tokens have no price and are not included: gpt-4o (no label “kind”)",)


def test_more_cached_than_prompt_tokens_never_make_a_cost_negative() -> None:
    used = frame({("openai", "gpt-4o", "prompt"): 0, ("openai", "gpt-4o", "cached"): MILLION})
    assert cost.usages(used, PRICES)[0].dollars[0] == pytest.approx(1.25)


def test_a_price_counts_for_the_steps_after_its_date() -> None:
    change = int(datetime(2025, 6, 10, tzinfo=UTC).timestamp())
    used = frame({("openai", "o3", "completion"): MILLION}, (change, change + 1))
    assert cost.usages(used, PRICES)[0].dollars.tolist() == pytest.approx([40.0, 8.0])


def test_before_its_first_price_in_the_operators_table_a_model_has_an_unknown_cost(tmp_path: Path) -> None:
    used = frame({("openai", "acme-1", "prompt"): MILLION}, (0,))
    assert np.isnan(cost.usages(used, operators(tmp_path))[0].dollars).all()


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-4o-2024-08-06", True),
        ("claude-3-5-sonnet-20241022", True),
        ("mistral-large-latest", True),
        ("mistral-large-2411", True),
        ("gpt-4o-sonnet", False),
        ("acme-4", False),
        ("", False),
    ],
)
def test_dated_snapshots_cost_as_their_model_and_others_do_not(model: str, known: bool) -> None:
    assert PRICES.knows("", model) is known


def test_a_model_without_a_price_is_left_out_and_said() -> None:
    used = frame({("openai", "gpt-4o", "prompt"): 3 * MILLION, ("acme", "acme-1", "prompt"): MILLION})
    (result,) = cost.per_hour((used,), WINDOW, PRICES)
    assert [labels["model"] for labels in result.labels] == ["gpt-4o"]
    assert result.notes == ("25 % of the tokens have no price and are not included: acme-1",)


def test_per_hour_turns_a_rate_per_second_into_dollars_per_hour() -> None:
    (result,) = cost.per_hour((frame({("openai", "gpt-4o", "completion"): 10.0}),), WINDOW, PRICES)
    assert result.values[0, 0] == pytest.approx(10 * 3_600 * 10 / MILLION)


def test_today_is_the_sum_of_its_steps_and_gaps_add_nothing() -> None:
    times = np.arange(4) * 3_600 + NOW
    used = Frame(
        times,
        ({"provider": "openai", "model": "gpt-4o", "kind": "completion"},),
        np.array([[np.nan, 1e5, np.nan, 2e5]]),
    )
    (result,) = cost.today((used,), WINDOW, PRICES)
    assert np.isnan(result.values[0, 0])
    assert result.values[0, 1:].tolist() == pytest.approx([1.0, 1.0, 3.0])


def test_the_month_is_projected_at_the_pace_of_the_time_that_has_data() -> None:
    first = int(datetime(2025, 11, 1, tzinfo=UTC).timestamp())
    window = Window(first + 3_600, NOW, 3_600)
    times = window.times()
    values = np.full(times.size, np.nan)
    values[times > first + 5 * 86_400] = 1e5  # a dollar an hour, recorded from the sixth on
    used = Frame(times, ({"provider": "openai", "model": "gpt-4o", "kind": "completion"},), values[np.newaxis])
    so_far, projection = cost.month_with_projection((used,), window, PRICES)
    hours = (NOW - first) / 3_600 - 5 * 24
    assert so_far.values[0, -1] == pytest.approx(hours)
    assert projection.times[-1] == int(datetime(2025, 12, 1, tzinfo=UTC).timestamp())
    assert projection.values[0, -1] == pytest.approx(hours + (30 - 15.5) * 24)


@pytest.mark.parametrize(
    ("own", "note"),
    [
        (5.0, "The gateway counted $10.00, the same as computed"),
        (4.0, "The gateway counted $8.00, 20 % less than computed from tokens. Possible reasons: prices"),
        (6.0, "The gateway counted $12.00, 20 % more than computed from tokens. Possible reasons: prices"),
    ],
)
def test_the_gateways_own_count_stands_beside_the_computed_dollars(own: float, note: str) -> None:
    used = frame({("openai", "gpt-4o", "completion"): MILLION / 2}, (NOW, NOW + 60))
    counted = Frame(used.times, ({},), np.array([[own, own]]))

    (result,) = cost.cumulative((used, counted), WINDOW, PRICES)

    assert [labels["series"] for labels in result.labels] == ["computed from tokens", "counted by the gateway"]
    assert result.values.tolist() == [[5.0, 10.0], [own, 2 * own]]
    assert result.notes[0] == cost.COVERED
    assert result.notes[1].startswith(note)


@pytest.mark.parametrize("zone_hours", [-11, -5, 0, 5.5, 13])
def test_the_month_ends_when_it_ends_in_the_reporting_zone(zone_hours: float) -> None:
    first = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp() - zone_hours * 3_600)
    window = Window(first + 3_600, first + 7_200, 3_600)
    assert cost._month_end(window) == first + 28 * 86_400


def test_per_model_gives_the_six_columns_of_the_models_table() -> None:
    tokens = frame({("openai", "gpt-4o", "completion"): MILLION, ("acme", "acme-1", "prompt"): MILLION})
    calls = Frame(
        np.array([NOW]),
        ({"provider": "openai", "model": "gpt-4o"}, {"provider": "acme", "model": "acme-1"}),
        np.array([[500.0], [10.0]]),
    )
    result = cost.per_model((calls, tokens, EMPTY, EMPTY), WINDOW, PRICES)
    assert len(result) == 6
    assert result[1].values[:, 0].tolist() == [MILLION, MILLION]
    assert result[2].values.tolist() == [[10.0]]
    assert result[3].values.tolist() == [[pytest.approx(20.0)]]


@pytest.mark.parametrize("derive", [cost.per_hour, cost.today, cost.cumulative, cost.month_with_projection])
def test_nothing_in_gives_nothing_out(derive: object) -> None:
    result = derive((EMPTY,), WINDOW, PRICES)  # type: ignore[operator]
    assert all(frame_.is_empty for frame_ in result)


def operators(folder: Path) -> prices.PriceTable:
    """An operator's table with one model."""
    file = folder / "prices.toml"
    file.write_text(
        "[providers]\nacme = { cached_inside_prompt = true }\n"
        '[[prices]]\nmodel = "acme-1"\nvalid_from = 2020-01-01\nprompt = 1.0\ncompletion = 2.0\n'
    )
    return prices.load(file)


def test_another_price_table_can_be_named(tmp_path: Path) -> None:
    used = frame({("acme", "acme-1", "prompt"): MILLION, ("acme", "acme-1", "cached"): MILLION / 2})
    # Without a price of their own, cached tokens cost what prompt tokens cost.
    assert cost.usages(used, operators(tmp_path))[0].dollars[0] == pytest.approx(1.0)
