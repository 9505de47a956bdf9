"""What telemetry does, typed, each default with its reason; environment variables in OpenTelemetry's own names."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self


@dataclass(frozen=True)
class Settings:
    """Settings of one service. Folders and addresses that are empty switch their exporter off."""

    service: str = "CodeAgent.Gateway"
    version: str = "1.0.0"
    environment: str = "Production"  # a forgotten setting must not switch on what is meant for a developer's machine
    traces: bool = True
    logs: bool = True
    metrics: bool = True
    # A tenth is enough to see what is usual; failures and slow traces are kept whatever the share.
    sampler: str = "parentbased_traceidratio"
    sampler_argument: float = 0.1
    keep_slow_ms: float = 5_000  # requests at least this slow are always kept
    metrics_exporter: str = "prometheus"  # `otlp` pushes as well; what is scraped and pushed is counted twice
    otlp_endpoint: str = ""  # http://otel-collector:4317 where a collector runs
    otlp_protocol: str = "grpc"  # or http/protobuf
    trace_folder: Path | None = None
    log_folder: Path | None = None
    file_days: int = 30  # files kept, as the specification asks
    max_total_bytes: int = 2 * 2**30  # of one kind of file, so that a busy day cannot fill the disk
    console: bool = False  # development and containers
    trace_console: bool = False  # spans on the console, in Development only
    log_level: str = "INFO"
    log_levels: tuple[tuple[str, str], ...] = ()  # of single loggers, by name
    elasticsearch: str = ""  # address for logs and, without a collector, traces
    elasticsearch_key: str = field(default="", repr=False)
    elasticsearch_traces: bool = False  # where a collector writes them, they would come twice
    spill_folder: Path | None = None  # where events wait while Elasticsearch is away; without it they are dropped
    spill_bytes: int = 64 * 2**20  # about 100,000 events, half an hour of a busy gateway
    azure_connection: str = field(default="", repr=False)
    prompts: bool = False  # whether prompts and completions may appear in spans and logs

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str] = os.environ,
        defaults: Mapping[str, str] = MappingProxyType({}),
        **chosen: object,
    ) -> Self:
        """Read OTEL_* and TELEMETRY_*; ValueError names the variable.

        `chosen` wins over the environment's variables, these over the variables in `defaults`, and all of them over
        what is usual in the deployment environment.
        """
        environ = {**defaults, **environ}
        values: dict[str, object] = {}
        for variable, (name, convert) in _VARIABLES.items():
            if environ.get(variable):
                try:
                    values[name] = convert(environ[variable])
                except ValueError as error:
                    raise ValueError(f"{variable}={environ[variable]} is not understood: {error}") from None
        merged = {**values, **chosen}
        usual = PRESETS.get(str(merged.get("environment", cls.environment)).capitalize(), {})
        return cls(**{**usual, **merged})  # type: ignore[arg-type]


def prefer_stable_names() -> None:
    """Ask OpenTelemetry's instrumentations for the stable names of HTTP and database attributes, unless told else."""
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database")


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("write true or false")
    return text.lower() == "true"


def _level(text: str) -> str:
    if text.upper() not in ("VERBOSE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise ValueError("write VERBOSE, DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return text.upper()


def _exporters(text: str) -> str:
    names = {name.strip() for name in text.split(",")}
    if not names <= {"prometheus", "otlp"}:
        raise ValueError("write prometheus, otlp, or both with a comma")
    return ",".join(sorted(names))


def _levels(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return tuple((name.strip(), _level(level.strip())) for name, _, level in pairs)


# Of traces a developer sees all, staging half, production a tenth; failures and slow ones are kept everywhere. Of log
# levels Verbose is for development only, Debug for staging too.
PRESETS: Final[Mapping[str, Mapping[str, object]]] = {
    "Development": {"sampler_argument": 1.0, "log_level": "VERBOSE", "console": True},
    "Staging": {"sampler_argument": 0.5, "log_level": "DEBUG"},
    "Production": {"sampler_argument": 0.1, "log_level": "INFO"},
}

_VARIABLES: Final[dict[str, tuple[str, Callable[[str], object]]]] = {
    "OTEL_SERVICE_NAME": ("service", str),
    "OTEL_TRACES_SAMPLER": ("sampler", str),
    "OTEL_TRACES_SAMPLER_ARG": ("sampler_argument", float),
    "OTEL_METRICS_EXPORTER": ("metrics_exporter", _exporters),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("otlp_endpoint", str),
    "OTEL_EXPORTER_OTLP_PROTOCOL": ("otlp_protocol", str),
    "OTEL_LOG_LEVEL": ("log_level", _level),
    "TELEMETRY_ENVIRONMENT": ("environment", str),
    "TELEMETRY_VERSION": ("version", str),
    "TELEMETRY_TRACES": ("traces", _flag),
    "TELEMETRY_LOGS": ("logs", _flag),
    "TELEMETRY_METRICS": ("metrics", _flag),
    "TELEMETRY_TRACE_FOLDER": ("trace_folder", Path),
    "TELEMETRY_LOG_FOLDER": ("log_folder", Path),
    "TELEMETRY_FILE_DAYS": ("file_days", int),
    "TELEMETRY_MAX_TOTAL_BYTES": ("max_total_bytes", int),
    "TELEMETRY_KEEP_SLOW_MS": ("keep_slow_ms", float),
    "TELEMETRY_CONSOLE": ("console", _flag),
    "TELEMETRY_TRACE_CONSOLE": ("trace_console", _flag),
    "TELEMETRY_LOG_LEVELS": ("log_levels", _levels),
    "TELEMETRY_ELASTICSEARCH": ("elasticsearch", str),
    "TELEMETRY_ELASTICSEARCH_API_KEY": ("elasticsearch_key", str),
    "TELEMETRY_ELASTICSEARCH_TRACES": ("elasticsearch_traces", _flag),
    "TELEMETRY_SPILL_FOLDER": ("spill_folder", Path),
    "TELEMETRY_SPILL_BYTES": ("spill_bytes", int),
    "TELEMETRY_PROMPTS": ("prompts", _flag),
    "APPLICATIONINSIGHTS_CONNECTION_STRING": ("azure_connection", str),
}
