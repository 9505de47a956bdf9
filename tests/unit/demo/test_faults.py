"""Every fault of the simulated gateway shows where it should, and nowhere while it is off."""

from __future__ import annotations

import numpy as np
import pytest

from demo import faults
from demo.day import Incident, day
from demo.simulate import gateway
from gateway import catalog

END = 1_767_268_800
ENDPOINT = next(endpoint for endpoint in catalog.ENDPOINTS if endpoint.route == faults.CHAT)
CASES = {
    "errors": (faults.CHAT, 0.3, "codeagent_requests_total", {"endpoint": faults.CHAT, "status": "500"}),
    "bad-deploy": ("", 0.3, "codeagent_requests_total", {"endpoint": "/v1/models", "status": "500"}),
    "rate-limited": ("mistral", 0.5, "codeagent_llm_requests_total", {"provider": "mistral", "status": "429"}),
    "provider-down": ("mistral", 1.0, "codeagent_llm_requests_total", {"provider": "mistral", "status": "503"}),
    "no-cache": ("", 1.0, "codeagent_cache_requests_total", {"cache": "sessions", "result": "miss"}),
    "token-explosion": ("support", 8.0, "codeagent_llm_tokens_total", {"team": "support"}),
    "retry-storm": ("", 4.0, "codeagent_llm_requests_total", {}),
    "traffic": ("", 4.0, "codeagent_requests_total", {}),
    "slow-network": ("", 2_000.0, "codeagent_llm_latency_sum", {}),
    "slow-database": ("", 400.0, "codeagent_db_query_duration_sum", {}),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_fault_multiplies_the_counter_that_it_is_about(kind: str) -> None:
    place, size, name, labels = CASES[kind]
    simulated = day(END, hours=2, incidents=(Incident(kind, 0.5, 30, place, size),))
    rows = [row.values for row in gateway(simulated) if row.name == name and labels.items() <= row.labels.items()]
    total = np.sum(rows, axis=0)
    begin, middle = np.searchsorted(simulated.times, [END - 1_800, END - 1_500])
    before, during = total[begin] - total[begin - 30], total[middle + 30] - total[middle]

    assert during > 1.5 * before


def test_nothing_fails_beyond_the_usual_without_incidents() -> None:
    quiet = day(END, hours=2, incidents=())

    assert not any(share.any() for share in faults.call_failures(quiet, "openai").values())
    assert faults.provider_up(quiet, "openai").all()
    assert set(faults.request_failures(quiet, ENDPOINT)) == {"500"}


def test_a_full_pool_makes_requests_wait_and_fail() -> None:
    full = day(END, hours=2, incidents=(Incident("pool-exhausted", 0.5, 30, size=1.0),))

    assert faults.database_ms(full).max() > 100
    assert faults.request_failures(full, ENDPOINT)["503"].max() > 0.3
