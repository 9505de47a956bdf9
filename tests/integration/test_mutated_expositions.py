"""Other versions and other scrape configurations of gateways show the same numbers as what was recorded of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from app.panel_view import PanelState
from app.state import State
from pages import BOARDS
from queries.core.time_range import TimeRange
from tests.integration.expositions_kit import app_over, recording

pytestmark = pytest.mark.integration

Mutation = Callable[[str], str]
Numbers = dict[tuple[str, int], float]  # the sum of the series of a panel's query

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)\{(.*)\} ", re.MULTILINE)
# Their sums do not depend on how the series are named.
COMPARED = (
    "tokens",
    "cost-rate",
    "latency",
    "first-token",
    "per-token",
    "error-classes",
    "time-parts",
    "budgets",
    "engine-queue",
    "engine-kv-cache",
    "engine-prefix",
    "spend-model",
)


def without_total(text: str) -> str:
    return re.sub(r"_total(?=[ {])", "", text)


def with_total(text: str) -> str:
    """As OpenMetrics and OpenTelemetry's exporters name counters."""
    counters = re.findall(r"^# TYPE (\S+) counter", text, re.MULTILINE)
    for name in counters:
        if not name.endswith("_total"):
            text = re.sub(rf"\b{re.escape(name)}(?=[ {{])", f"{name}_total", text)
    return text


def with_target_labels(text: str) -> str:
    """As the Prometheus Operator scrapes: labels of the target beside those of the program."""
    target = 'namespace="prod",pod="gateway-0",container="main",service="gateway",endpoint="metrics"'
    return SAMPLE.sub(lambda row: f"{row[1]}{{{row[2]},{target}}} ", text)


def collided(*labels: str) -> Mutation:
    """The program's labels have other names, since the target has labels with theirs."""

    def mutate(text: str) -> str:
        for label in labels:
            text = re.sub(rf'(?<=[{{,]){label}="', f'{label}="target",exported_{label}="', text)
        return text

    return mutate


def without(*labels: str) -> Mutation:
    """An older version, or a relabelling that drops labels."""

    def mutate(text: str) -> str:
        for label in labels:
            text = re.sub(rf'(?<=[{{,]){label}="[^"]*",?', "", text)
        return re.sub(r",(?=\})", "", text)

    return mutate


def renamed(*pairs: tuple[str, str]) -> Mutation:
    """Metrics by their names in another version."""

    def mutate(text: str) -> str:
        for before, after in pairs:
            text = re.sub(rf"\b{re.escape(before)}(?=[ {{]|_bucket|_sum|_count)", after, text)
        return text

    return mutate


LITELLM: Mapping[str, Mutation] = {
    "counters without _total, and labels of the target": lambda text: with_target_labels(without_total(text)),
    "collided labels": collided("user", "model", "team"),
    "without user and client": without("user", "user_email", "client_ip", "user_agent"),
}
VLLM: Mapping[str, Mutation] = {
    "counters without _total, and labels of the target": lambda text: with_target_labels(without_total(text)),
    "collided labels": collided("model_name"),
    "without engine": without("engine"),
    "names with underscores": lambda text: text.replace("vllm:", "vllm_"),
}
ENVOY: Mapping[str, Mutation] = {
    "collided labels": collided("gen_ai_request_model", "gen_ai_provider_name"),
    "without the original model": without("gen_ai_original_model"),
    "the provider's old name, and labels of the target": lambda text: with_target_labels(
        text.replace("gen_ai_provider_name=", "gen_ai_system=")
    ),
    "without units": renamed(
        ("gen_ai_server_request_duration_seconds", "gen_ai_server_request_duration"),
        ("gen_ai_server_time_to_first_token_seconds", "gen_ai_server_time_to_first_token"),
        ("gen_ai_server_time_per_output_token_seconds", "gen_ai_server_time_per_output_token"),
    ),
}
TGI: Mapping[str, Mutation] = {
    "counters with _total, and labels of the target": lambda text: with_target_labels(with_total(text)),
}
MUTATIONS = {"litellm-proxy": LITELLM, "vllm": VLLM, "envoy-ai-gateway": ENVOY, "tgi": TGI}
CASES = [(name, case) for name, cases in MUTATIONS.items() for case in cases]


@pytest.fixture(scope="module")
def numbers_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Numbers]:
    """The numbers of a recording and a mutation of it; no mutation: as recorded."""

    @cache
    def numbers(name: str, case: str) -> Numbers:
        mutate = MUTATIONS[name][case] if case else str
        return panel_numbers(tmp_path_factory.mktemp("mutated"), mutate(recording(name)))

    return numbers


def panel_numbers(folder: Path, text: str) -> Numbers:
    """The numbers on Provider Monitoring."""
    with app_over(folder, text) as app:
        panels = [BOARDS["providers"].panel(name) for name in COMPARED]
        views = app.boards.refresh(State(TimeRange("now-30m")), panels).panels
        return {
            (view.panel.id, query): float(np.nansum(frame.last()))
            for view in views
            if view.state is PanelState.FRESH
            for query, frame in enumerate(view.frames)
            if not frame.is_empty
        }


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_mutated_exposition_shows_the_same_numbers(
    numbers_of: Callable[[str, str], Numbers], name: str, case: str
) -> None:
    recorded = numbers_of(name, "")
    assert len(recorded) >= 3

    assert numbers_of(name, case) == pytest.approx(recorded, rel=0.02)
