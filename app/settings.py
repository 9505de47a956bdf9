"""Settings: read once from the environment, typed and frozen, a reason beside each default.

Every field `name` is read from `CODEAGENT_NAME`. `Settings.load` raises SettingsError, which names the variable. This
is the only module of the app that reads the environment; everything else is given a `Settings`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict
from pydantic_settings import PydanticBaseSettingsSource as Source

from app import setting_values as values
from queries.core.errors import QueryError
from queries.core.redact import redact
from queries.metrics.profile_file import Definition, definition, definitions

PREFIX: Final = "CODEAGENT_"
AUTO: Final = "auto"  # the profiles that fit what the backend has
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class SettingsError(Exception):
    """A setting cannot be used; the message names its variable and says what to write instead."""


def _setting(default: Any, reason: str) -> Any:
    return Field(default=default, description=reason)


Text = Annotated[str, BeforeValidator(values.text)]
Url = Annotated[str, BeforeValidator(values.url)]
OptionalUrl = Annotated[str, BeforeValidator(values.optional_url)]
RedisUrl = Annotated[str, BeforeValidator(values.redis_url)]
LogsLayout = Annotated[str, BeforeValidator(values.one_of("auto", "serilog", "ecs", "otel", "otlp", "plain"))]
TracesLayout = Annotated[str, BeforeValidator(values.one_of("auto", "otel", "apm", "jaeger"))]
Folder = Annotated[Path | None, BeforeValidator(values.path)]
File = Annotated[Path | None, BeforeValidator(values.file)]
NewFile = Annotated[Path | None, BeforeValidator(values.path)]
WallsFile = Annotated[Path | None, BeforeValidator(values.walls_file)]
PricesFile = Annotated[Path | None, BeforeValidator(values.prices_file)]
Zone = Annotated[str, BeforeValidator(values.zone)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.origins)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.hosts)]
StoreUrl = Annotated[str, BeforeValidator(values.store_url)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.names)]
Contact = Annotated[str, BeforeValidator(values.contact)]
LoopbackHost = Annotated[str, BeforeValidator(values.loopback_host)]
Whole = Annotated[int, BeforeValidator(values.whole)]
Count = Annotated[int, BeforeValidator(values.count)]
Port = Annotated[int, BeforeValidator(values.port)]
Seconds = Annotated[float, BeforeValidator(values.seconds)]
Dollars = Annotated[float, BeforeValidator(values.dollars)]
Flag = Annotated[bool, BeforeValidator(values.flag)]


class Settings(BaseSettings):
    """Everything an operator can choose. The constructor takes values, as tests do; `load` reads the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    prometheus_url: Url = _setting("http://127.0.0.1:9090", "Prometheus' own default port on this machine")
    prometheus_token_file: File = _setting(None, "bearer token in a file, so that no list shows it")
    prometheus_user: Text = _setting("", "basic auth; the password comes from a file")
    prometheus_password_file: File = _setting(None, "see prometheus_user")
    prometheus_ca_file: File = _setting(None, "the system's authorities are trusted otherwise")
    tenant: Text = _setting("", "sent as X-Scope-OrgID to Mimir, Cortex or Thanos; none for plain Prometheus")
    profile: Text = _setting(AUTO, "recognised by the names of the metrics; else a shipped profile or a TOML file")
    alertmanager_url: OptionalUrl = _setting("", "without it, firing alerts are read from Prometheus")
    alertmanager_token_file: File = _setting(None, "bearer token in a file, so that no list shows it")
    alertmanager_user: Text = _setting("", "basic auth; the password comes from a file")
    alertmanager_password_file: File = _setting(None, "see alertmanager_user")
    alertmanager_ca_file: File = _setting(None, "the authorities of Prometheus are trusted otherwise")
    alert_store_url: StoreUrl = _setting("", "without it, no alert history: sqlite:////var/lib/codeagent/alerts.db")
    alert_webhook_token_file: File = _setting(None, "Alertmanager's bearer token; the webhook is off without it")
    alert_policy_file: File = _setting(None, "a TOML file: who is notified when; without it this app notifies nobody")
    alert_external_labels: Names = _setting((), "external_labels of Prometheus, which only Alertmanager receives")
    push_key_file: File = _setting(None, "the key for push notifications, by `push create-key`; off without it")
    push_contact: Contact = _setting("", "mailto: or https: for push services; that of public_url otherwise")
    push_hosts: Hosts = _setting((), "push services of your own network; others need a public address")
    push_ca_file: File = _setting(None, "authorities of push services; the system's are trusted otherwise")
    elasticsearch_url: OptionalUrl = _setting("", "without it, logs and traces are read from files")
    elasticsearch_user: Text = _setting("", "basic auth; the password comes from a file")
    elasticsearch_password_file: File = _setting(None, "see elasticsearch_user")
    elasticsearch_api_key_file: File = _setting(None, "an API key instead of user and password")
    elasticsearch_ca_file: File = _setting(None, "the system's authorities are trusted otherwise")
    logs_index: Text = _setting("", "an index pattern; the usual ones of the known layouts are tried otherwise")
    logs_layout: LogsLayout = _setting("auto", "recognised by the fields")
    traces_index: Text = _setting("", "an index pattern; the usual ones of the known layouts are tried otherwise")
    traces_layout: TracesLayout = _setting("auto", "recognised by the fields")
    boards_dir: Folder = _setting(None, "TOML and YAML files that are boards; read again when they change")
    logs_dir: Folder = _setting(None, "where the gateway's file sink writes; if unset, the Logs page is hidden")
    traces_dir: Folder = _setting(None, "where the OTLP file exporter writes; if unset, the Traces page is hidden")
    cache_redis_url: RedisUrl = _setting("", "one process needs no Redis; several workers share one")
    cache_dir: Folder = _setting(None, "a shared tier on disk where there is no Redis")
    cache_bytes: Whole = _setting(256 * 2**20, "256 MiB hold a day of all boards for dozens of filters")
    deadline_seconds: Seconds = _setting(4.0, "shorter than the shortest refresh, 5 s")
    scrape_interval: Whole = _setting(0, "seconds, for all metrics; 0 asks the backend for that of each metric's jobs")
    ingestion_delay: Seconds = _setting(60.0, "samples may arrive so late; more behind remote write")
    report_timezone: Zone = _setting("UTC", "whose midnight begins “today” in costs, the same for every viewer")
    embed_origins: Origins = _setting((), "nobody may frame a board unless named here")
    store_pages: bool = _setting(True, "phones show the last pages without a network; no: browsers store none")
    fonts_dir: Folder = _setting(None, "for what Roboto and DejaVu Sans lack in pictures; else /usr/share/fonts")
    public_url: OptionalUrl = _setting("", "where readers reach the dashboards; links and chat previews begin with it")
    link_key_file: File = _setting(None, "a secret that signs links; pictures and embeds then need sign-in or a link")
    links_file: NewFile = _setting(
        None, "a SQLite file of links; else the database of the alert history; without both, links only expire"
    )
    max_range_days: Whole = _setting(90, "for longer ranges use recording rules")
    max_series: Whole = _setting(2_000, "more lines cannot be told apart, and cost memory")
    prices_file: PricesFile = _setting(None, "list prices of the package genai-prices; a table of yours comes first")
    gpu_hour_price: Dollars = _setting(0.0, "US dollars; without it, tokens of model servers have no cost")
    walls_file: WallsFile = _setting(None, "playlists of wall displays, /kiosk/NAME; read when the app starts")
    allowed_hosts: Hosts = _setting((), "names that a proxy passes on; loopback names always work")
    marks_file: NewFile = _setting(None, "a SQLite file for marks of deployments; without it charts have none")
    marks_token_file: File = _setting(None, "the bearer token that POST /api/marks needs; nobody may write without it")
    user_header: Text = _setting("", "the header in which the proxy names the user; writes need a name")
    host: LoopbackHost = _setting("127.0.0.1", "loopback until sign-in is configured")
    port: Port = _setting(8050, "Dash's usual port")
    workers: Count = _setting(1, "one process shares its cache by itself; from two on they share cache_redis_url")
    threads: Count = _setting(16, "threads of each worker: enough for two boards at once on a cold cache")
    access_log: Text = _setting("", "a file, or - for the console; /metrics counts requests, a proxy can log them")
    demo: Flag = _setting(False, "says in the interface that the data are made up")

    @cached_property
    def profiles(self) -> tuple[Definition, ...]:
        """All profiles that can be recognised, or the one that is chosen, read once. Raises SettingsError."""
        if self.profile == AUTO:
            return definitions()
        try:
            return (definition(self.profile),)
        except QueryError as error:
            raise SettingsError(f"{variable('profile')}={self.profile} cannot be used: {error}") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: Source,
        env_settings: Source,
        dotenv_settings: Source,
        file_secret_settings: Source,
    ) -> tuple[Source, ...]:
        """Only what the constructor is given."""
        return (init_settings,)

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ, chosen: Mapping[str, object] = _NOTHING) -> Self:
        """Read the environment; the `chosen` fields win. SettingsError names every value that cannot be used."""
        values = {**_variables(cls, environ), **{name: value for name, value in chosen.items() if value is not None}}
        try:
            return cls(**values)
        except ValidationError as problem:
            raise SettingsError("\n".join(_sentences(problem, values))) from None


def _variables(settings: type[BaseSettings], environ: Mapping[str, str]) -> dict[str, Any]:
    """The fields that the environment sets, as text."""
    source = EnvSettingsSource(settings)
    source.env_vars = {name.lower(): text for name, text in environ.items() if name.isupper()}
    return source()


def _sentences(problem: ValidationError, values: Mapping[str, object]) -> Iterable[str]:
    for error in problem.errors(include_url=False, include_context=False, include_input=False):
        name = str(error["loc"][0])
        reason = error["msg"].removeprefix("Value error, ")
        value = redact(str(values.get(name, "")))
        yield f"{variable(name)}={value!r} cannot be used: {redact(reason)}."


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()
