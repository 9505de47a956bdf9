"""`codeagent-dashboards detect`: which profiles fit a Prometheus, and what the boards will show of it."""

from __future__ import annotations

from collections.abc import Callable

from app.board_catalog import BoardCatalog
from app.offer import Offer, areas
from app.settings import Settings
from app.sources import resolution_of
from queries.metrics.detection import DetectedProfile, Resolution
from queries.metrics.prometheus.source import PrometheusSettings
from telemetry.contract import BY_NAME

Write = Callable[[str], object]


def detect(settings: Settings, write: Write) -> int:
    """Write what is found; 1 when the backend does not answer or nothing is found."""
    resolution = resolution_of(settings)
    if not resolution.is_known:
        write(f"{PrometheusSettings.name} did not answer: its names are not known.\n")
        return 1
    report(Offer(resolution, BoardCatalog(settings.boards_dir).current()), write)
    return 0 if resolution.profiles else 1


def report(offer: Offer, write: Write) -> None:
    """Profiles with their metrics, then the boards with the panels that have data and those that cannot have any."""
    resolution = offer.resolution
    write(f"{len(resolution.names):,} metric names.\n")
    if not resolution.profiles:
        write("No profile fits them: nothing exports metrics of an LLM gateway, a model server or a web framework.\n")
        write("docs/profiles.md describes how to write a profile.\n")
        return
    for profile in resolution.profiles:
        _profile(profile, resolution, write)
    for board in offer.boards.by_id.values():
        visible = offer.board(board).panels
        write(f"\n{board.title}: {len(visible)} of {len(board.panels)} panels can have data\n")
        for panel in board.panels:
            if missing := offer.missing(panel):
                write(f"  hidden {panel.id}: no {areas(missing)} metrics ({', '.join(sorted(missing))})\n")


def _profile(profile: DetectedProfile, resolution: Resolution, write: Write) -> None:
    write(f"\n{profile.title} ({profile.name}): {len(profile.provides)} of {len(BY_NAME)} metrics\n")
    if len(profile.jobs) > 1:
        write(f"  deployments, of which one is shown at a time: {', '.join(profile.jobs)}\n")
    for metric in profile.provides:
        write(f"  {metric} = {', '.join(resolution.profile.series_names(metric)) or 'an expression'}\n")
