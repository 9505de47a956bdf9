"""From settings to sources and an engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from app.alerts import AlertSource
from app.settings import AUTO, Settings, SettingsError
from queries.metrics.cache.backends import open_store
from queries.metrics.cache.lease import open_leases
from queries.metrics.detection import OWN_PROFILES, DetectedProfile, Resolution
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.prometheus.alertmanager import Alertmanager
from queries.metrics.prometheus.http_api import Connection
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.resolver import ProfileResolver, Profiles
from queries.metrics.source import MetadataSource
from telemetry.contract import BY_NAME


def engine_of(settings: Settings, clock: Callable[[], float]) -> Engine:
    """The engine with the source and the shared tier that the settings name. Raises SettingsError."""
    source = PrometheusSource(_prometheus(settings))
    limits = EngineSettings(
        tolerance=settings.ingestion_delay,
        cache_bytes=settings.cache_bytes,
        max_range=settings.max_range_days * 86_400,
        max_series=settings.max_series,
    )
    tier = _shared_tier(settings)
    leases = open_leases(tier, limits.lease_seconds)
    return Engine({source.name: source}, open_store(tier), limits, clock, leases)


def profiles_of(settings: Settings, source: MetadataSource, clock: Callable[[], float]) -> Profiles:
    """What says how the metrics of a backend are named. Raises SettingsError."""
    return ProfileResolver(source, settings.profiles, settings.profile == AUTO, clock)


def resolution_of(settings: Settings) -> Resolution:
    """How the metrics of the backend are named now, for commands that ask once. Raises SettingsError."""
    engine = engine_of(settings, time.time)
    try:
        return profiles_of(settings, next(iter(engine.metadata.values())), time.time).current()
    finally:
        engine.close()


def named_resolution(settings: Settings) -> Resolution:
    """How metrics are named: as the backend says for `auto`, by the profile alone otherwise."""
    if settings.profile != AUTO:
        (chosen,) = settings.profiles
        profile = DetectedProfile(chosen.name, chosen.title, tuple(chosen.metrics))
        return Resolution(chosen.profile, (profile,), speaks_contract=chosen.name in OWN_PROFILES)
    resolution = resolution_of(settings)
    if not resolution.is_known:
        raise SettingsError(
            f"CODEAGENT_PROMETHEUS_URL={settings.prometheus_url} does not answer, so its metrics are unknown. "
            "Name a profile, such as --profile codeagent."
        )
    return resolution


def alertmanager_of(settings: Settings) -> Alertmanager | None:
    """The Alertmanager that the settings name, if any."""
    return Alertmanager(_alertmanager(settings)) if settings.alertmanager_url else None


def alert_source(settings: Settings, prometheus: AlertSource) -> AlertSource:
    """Alertmanager where the settings name one, since it knows what is silenced; else Prometheus itself."""
    return alertmanager_of(settings) or prometheus


def _alertmanager(settings: Settings) -> Connection:
    """Its own credentials; those of Prometheus only where both have the same address (as Mimir's parts do)."""
    own = Connection(
        "Alertmanager",
        settings.alertmanager_url,
        _tenant_header(settings),
        secret(settings.alertmanager_token_file),
        settings.alertmanager_user,
        secret(settings.alertmanager_password_file),
        str(settings.alertmanager_ca_file or settings.prometheus_ca_file or ""),
    )
    has_own = own.bearer_token or own.endpoint.user
    if has_own or _origin(settings.alertmanager_url) != _origin(settings.prometheus_url):
        return own
    prometheus = _prometheus(settings).connection
    endpoint = prometheus.endpoint
    return replace(own, bearer_token=prometheus.bearer_token, username=endpoint.user, password=endpoint.password)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _tenant_header(settings: Settings) -> dict[str, str]:
    return {"X-Scope-OrgID": settings.tenant} if settings.tenant else {}


def _shared_tier(settings: Settings) -> str:
    if settings.cache_redis_url:
        return settings.cache_redis_url
    return f"file://{settings.cache_dir}" if settings.cache_dir else "none:"


def _prometheus(settings: Settings) -> PrometheusSettings:
    names = [name for definition in settings.profiles for name in definition.series_names]
    return PrometheusSettings(
        url=settings.prometheus_url,
        gateway_metrics=frozenset([*BY_NAME, *names]),
        headers=_tenant_header(settings),
        bearer_token=secret(settings.prometheus_token_file),
        username=settings.prometheus_user,
        password=secret(settings.prometheus_password_file),
        ca_file=str(settings.prometheus_ca_file or ""),
        scrape_interval=settings.scrape_interval,
        max_series=settings.max_series,
    )


def secret(path: Path | None) -> str:
    """What a file holds, empty without a file."""
    return path.read_text().strip() if path else ""
