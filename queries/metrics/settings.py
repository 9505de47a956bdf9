"""Settings of the query layer, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True)
class EngineSettings:
    """Numbers are seconds unless the name says otherwise."""

    # The newest samples may still change: a scrape in flight, a remote write on its way. Never below two steps.
    tolerance: float = 60.0
    # An answer for the present is asked again after one step, but at most this long after.
    fresh_for: float = 60.0
    # Settled samples are asked again after this, so that late arrivals and deletions show in the end.
    extent_life: float = 6 * 3_600.0
    # How long a viewer waits for a fresher answer when an older one is cached.
    patience: float = 0.25
    # Where no request has been answered for so long, a viewer without a cached answer waits only so long.
    silent_after: float = 4.0
    silent_patience: float = 1.0
    # A fetch goes on this long after its viewers have left, so that their next look finds it.
    fetch_seconds: float = 30.0
    # The process tier: a board of 20 panels over 24 h takes about 10 MiB.
    cache_bytes: int = 256 * 2**20
    # The shared tier keeps an untouched entry this long; a board is looked at again within a working day or not at all.
    shared_seconds: int = 6 * 3_600
    # Threads that wait for backends; more viewers than that wait for the same few fetches anyway.
    workers: int = 16
    # Upstream requests at a time per source; Prometheus runs 20 queries at a time by default, others need some too.
    concurrency: int = 8
    # A range of this many points is split into pieces fetched side by side, on boundaries all viewers share.
    split_points: int = 2_880
    # Limits, said in the error when they are met. 11,000 points is Prometheus' own.
    max_range: int = 92 * DAY
    max_points: int = 11_000
    max_series: int = 2_000
    # Retries of a read that found nobody or a busy backend, each after a random pause that doubles.
    retries: int = 2
    retry_pause: float = 0.1
    # After so many failures in a row nobody asks for a while; then one request tries.
    breaker_failures: int = 5
    breaker_seconds: float = 5.0
    # Not longer: whoever watches a backend come back waits for the next try.
    breaker_seconds_max: float = 8.0
    # A refused query is not sent again for this long: a wrong expression stays wrong.
    rejected_seconds: float = 10.0
    # A board counts as looked at for this long after its last request.
    hot_seconds: float = 90.0
    # A lease on a fetch that a killed worker cannot return ends by itself after this.
    lease_seconds: float = 10.0
