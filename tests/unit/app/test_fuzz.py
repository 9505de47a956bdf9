"""No request, however odd, is answered with 500: every address, with hostile parameters, headers and bodies."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from app.factory import App, create_app
from app.settings import Settings
from queries.metrics.engine import Engine
from tests.unit.app import fuzz_kit as kit
from tests.unit.pages import logs_kit, traces_kit

# The whole is 20,000: CODEAGENT_FUZZ=20000 CODEAGENT_FUZZ_SEED=… pytest tests/unit/app/test_fuzz.py
REQUESTS = int(os.environ.get("CODEAGENT_FUZZ", "2000"))
SEED = int(os.environ.get("CODEAGENT_FUZZ_SEED", "1"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    logs, traces = tmp_path_factory.mktemp("logs"), tmp_path_factory.mktemp("traces")
    logs_kit.write(logs)
    traces_kit.write(traces, [traces_kit.span(1, ms=100), traces_kit.span(2, parent=1, status="error")])
    settings = Settings(logs_dir=logs, traces_dir=traces, deadline_seconds=2.0)
    instance = create_app(settings, Engine({"prometheus": kit.Steady()}), lambda: logs_kit.NOW)
    yield instance
    instance.engine.close()


def rules(app: App) -> list[tuple[str, list[str]]]:
    """Every address with the methods that are fuzzed."""
    known = {"GET", "POST", "HEAD"}
    listed = [(rule.rule, sorted((rule.methods or set()) & known)) for rule in app.server.url_map.iter_rules()]
    return sorted((rule, methods) for rule, methods in listed if methods)


@pytest.mark.slow
@pytest.mark.no_cover  # it takes twice as long with it
@pytest.mark.timeout(900)
def test_no_request_is_answered_with_an_error_of_the_server(app: App) -> None:
    client, chance = app.server.test_client(), random.Random(SEED)
    addresses = rules(app)
    failed = []
    for number in range(REQUESTS):
        parameters = kit.request(chance, *addresses[number % len(addresses)])
        answer = client.open(
            parameters.path, method=parameters.method, headers=parameters.headers, data=parameters.body
        )
        answer.get_data()
        answer.close()
        if answer.status_code >= 500:
            failed.append((number, answer.status_code, parameters))

    assert failed == []
