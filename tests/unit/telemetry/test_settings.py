"""Settings: OpenTelemetry's names, what is usual in each environment, and mistakes named."""

from __future__ import annotations

from pathlib import Path

import pytest

from telemetry.configuration import readers
from telemetry.settings import Settings


def test_opentelemetrys_own_variables_are_read() -> None:
    settings = Settings.load(
        {
            "OTEL_SERVICE_NAME": "x",
            "OTEL_TRACES_SAMPLER": "always_on",
            "OTEL_TRACES_SAMPLER_ARG": "0.25",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel-collector:4317",
            "TELEMETRY_LOG_FOLDER": "/var/log/x",
        }
    )
    assert settings.service == "x"
    assert settings.sampler == "always_on"
    assert settings.sampler_argument == 0.25
    assert settings.otlp_endpoint == "http://otel-collector:4317"
    assert settings.log_folder == Path("/var/log/x")


def test_a_forgotten_environment_is_production() -> None:
    assert Settings.load({}).environment == "Production"
    assert Settings.load({}) == Settings()


def test_each_environment_has_its_usual_share_and_level() -> None:
    usual = [Settings.load({"TELEMETRY_ENVIRONMENT": name}) for name in ("Development", "Staging", "Production")]
    assert [settings.sampler_argument for settings in usual] == [1.0, 0.5, 0.1]
    assert [settings.log_level for settings in usual] == ["VERBOSE", "DEBUG", "INFO"]
    assert [settings.console for settings in usual] == [True, False, False]


def test_what_is_said_wins_over_what_is_usual() -> None:
    settings = Settings.load({"TELEMETRY_ENVIRONMENT": "Development", "OTEL_TRACES_SAMPLER_ARG": "0.2"}, console=False)
    assert settings.sampler_argument == 0.2
    assert settings.console is False


def test_metrics_are_pushed_only_when_asked_for() -> None:
    collector = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    assert readers(Settings.load(collector)) == []
    pushing = readers(Settings.load({**collector, "OTEL_METRICS_EXPORTER": "otlp"}))
    assert len(pushing) == 1
    pushing[0].shutdown(timeout_millis=1)


def test_the_environment_may_be_written_in_lower_case() -> None:
    assert Settings.load({"TELEMETRY_ENVIRONMENT": "development"}).sampler_argument == 1.0


def test_levels_of_single_loggers() -> None:
    settings = Settings.load({"TELEMETRY_LOG_LEVELS": "CodeAgent.API=debug, sqlalchemy=WARNING"})
    assert settings.log_levels == (("CodeAgent.API", "DEBUG"), ("sqlalchemy", "WARNING"))


@pytest.mark.parametrize(
    "variable",
    ["OTEL_TRACES_SAMPLER_ARG", "OTEL_LOG_LEVEL", "TELEMETRY_LOG_LEVELS", "TELEMETRY_TRACES", "OTEL_METRICS_EXPORTER"],
)
def test_a_mistake_names_the_variable(variable: str) -> None:
    with pytest.raises(ValueError, match=variable):
        Settings.load({variable: "sometimes=perhaps"})


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = Settings(elasticsearch_key="hunter2", azure_connection="hunter2")
    assert "hunter2" not in repr(settings)
