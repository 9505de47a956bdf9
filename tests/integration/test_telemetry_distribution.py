"""The telemetry package alone, in an environment that has only what it asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.servers import ROOT
from tests.wheel_kit import Environment, build, copy_checkout

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ABSENT = ("app", "queries", "dash", "flask", "pandas", "numpy", "duckdb", "plotly", "grpc", "httpx", "sqlalchemy")
NEED_EXTRAS = {"azure_logs": "azure", "sql": "sqlalchemy"}

# What a service does, from the first call to the last.
SERVICE = """
import telemetry
from pathlib import Path
from telemetry import *

for name in telemetry.__all__:
    assert globals()[name] is getattr(telemetry, name), name

chosen = Settings.load({"TELEMETRY_LOG_FOLDER": "logs", "TELEMETRY_TRACE_FOLDER": "traces",
                        "OTEL_TRACES_SAMPLER": "always_on"}, service="Alone")
running = configure(chosen)
with tracer().start_as_current_span("work"), scope(RequestId="r-1"):
    get_logger("Alone.Worker").info("Took {Count} rows", Count=2)
running.metrics.record("codeagent_request_duration", 12.0, endpoint="/a", method="GET", status="200")
body, kind = scrape(running.metrics.reader)
assert b"codeagent_request_duration" in body and kind.startswith("text/plain"), body
running.close()
for call, extra in ((instrument_http, "httpx"), (instrument_redis, "redis"), (instrument_database, "sqlalchemy")):
    try:
        call(None)
    except MissingExtra as error:
        assert f"codeagent-telemetry[{extra}]" in str(error), error
    else:
        raise AssertionError(extra)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("telemetry")
    wheel = build(copy_checkout(folder) / "telemetry", folder / "dist")
    return Environment(folder / "venv", wheel)


@pytest.mark.parametrize("name", ABSENT)
def test_it_brings_nothing_of_the_dashboards(environment: Environment, name: str, tmp_path: Path) -> None:
    assert "ModuleNotFoundError" in environment.run("-P", "-c", f"import {name}", cwd=tmp_path).stderr


def test_a_service_logs_traces_and_measures_with_it(environment: Environment, tmp_path: Path) -> None:
    done = environment.run("-P", "-c", SERVICE, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "Took {Count} rows" in "".join(path.read_text() for path in (tmp_path / "logs").iterdir())
    assert '"work"' in "".join(path.read_text() for path in (tmp_path / "traces").iterdir())


def test_every_module_is_imported_or_asks_for_its_extra(environment: Environment, tmp_path: Path) -> None:
    modules = sorted(path.stem for path in (environment.site / "telemetry").glob("*.py") if path.stem != "__init__")
    program = "import sys, importlib; importlib.import_module(f'telemetry.{sys.argv[1]}')"
    failed = {name: environment.run("-P", "-c", program, name, cwd=tmp_path).stderr for name in modules}

    assert {name for name, error in failed.items() if error} == NEED_EXTRAS.keys()
    assert all(f"No module named '{package}" in failed[name] for name, package in NEED_EXTRAS.items())


def test_a_missing_exporter_names_its_extra(environment: Environment, tmp_path: Path) -> None:
    program = "from telemetry import Settings, configure; configure(Settings.load())"
    environment_variables = {**environment.variables, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    done = environment.run("-P", "-c", program, cwd=tmp_path, variables=environment_variables)

    assert "MissingExtra" in done.stderr
    assert "codeagent-telemetry[otlp]" in done.stderr


def test_both_distributions_agree_on_versions() -> None:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    alone = tomllib.loads((ROOT / "telemetry" / "pyproject.toml").read_text())["project"]
    extras = [text for extra in alone["optional-dependencies"].values() for text in extra]
    optional = [text for extra in whole["optional-dependencies"].values() for text in extra]
    known = {(Requirement(text).name, str(Requirement(text).specifier)) for text in [*whole["dependencies"], *optional]}

    assert alone["version"] == whole["version"]
    for text in [*alone["dependencies"], *extras]:
        assert (Requirement(text).name, str(Requirement(text).specifier)) in known, text
