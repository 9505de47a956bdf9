"""The thresholds of the boards, in one place, in the unit of each panel.

The alert rules (`app/rules/`) take their limits from here.
"""

from __future__ import annotations

from typing import Final

from panels.spec import Status, Thresholds

UP: Final = Thresholds(critical=0, rising=False)  # 1 up, 0 down
UP_WORDS: Final = ((Status.GOOD, "up"), (Status.CRITICAL, "down"), (Status.UNKNOWN, "unknown"))

# Requests and calls of providers, percent.
ERROR_RATE: Final = Thresholds(warning=1, critical=5, subject="errors")
ENDPOINT_ERROR_RATE: Final = Thresholds(warning=5, critical=20)  # of one endpoint or instance
PROVIDER_ERROR_RATE: Final = Thresholds(warning=1, critical=10)
REFUSED: Final = Thresholds(warning=5, critical=25)  # with status 429
RETRIES: Final = Thresholds(warning=10, critical=50)
FAILED_FALLBACKS: Final = Thresholds(warning=5, critical=50)
REJECTED: Final = Thresholds(warning=5, critical=25)
AVAILABILITY: Final = Thresholds(warning=99.5, critical=95, rising=False)
DEPLOYMENT_UP: Final = Thresholds(warning=0.99, critical=0, rising=False)  # 1 healthy, 0 out of service
PROBES_UP: Final = Thresholds(warning=99.9, critical=50, rising=False)
RATE_LIMIT_LEFT: Final = Thresholds(warning=20, critical=5, rising=False)
ABNORMAL_CLOSES: Final = Thresholds(warning=5, critical=20)

# Response times, milliseconds. The specification's alert has its own limit, which suits requests without a completion.
RESPONSE_TIME: Final = Thresholds(warning=4_000, critical=8_000, subject="latency")
SLOW_API_RESPONSE: Final = Thresholds(warning=1_000)
PROVIDER_TIME: Final = Thresholds(warning=5_000, critical=15_000)
QUERY_TIME: Final = Thresholds(warning=100, critical=500, subject="database")

# Hosts and containers, percent.
USAGE: Final = Thresholds(warning=80, critical=95)
DISK_USAGE: Final = Thresholds(warning=80, critical=90)
CACHE_HIT_RATE: Final = Thresholds(warning=10, critical=1, rising=False)
REDIS_HIT_RATE: Final = Thresholds(warning=50, critical=10, rising=False)

# How many times as much as before.
TIMES_SLOWER: Final = 3.0
TIMES_MORE: Final = 4.0
TIMES_LARGER: Final = 2.0  # memory of a process
CONNECTIONS_KEPT: Final = 0.5  # of the open WebSocket connections
HITS_KEPT: Final = 0.5  # of the hit rate

BUDGET_LEFT: Final = Thresholds(warning=25, critical=10, rising=False)  # percent
BUDGET_AT_RESET: Final = Thresholds(warning=0, rising=False)  # US dollars
UNPRICED_TOKENS: Final = Thresholds(warning=10_000)  # per hour
WAITING_REQUESTS: Final = Thresholds(warning=10, critical=50)  # on a model server
CONNECTION_RATE: Final = Thresholds(warning=100)  # WebSocket connections opened per second
SECONDS_UNTIL_EXHAUSTED: Final = Thresholds(warning=600, critical=120, rising=False)
DAYS_UNTIL_FULL: Final = Thresholds(warning=14, critical=3, rising=False)
RESTARTS: Final = Thresholds(warning=1, critical=5)  # within a quarter of an hour
RESTARTS_IN_RANGE: Final = Thresholds(warning=2, critical=5)  # one is a deployment or a reboot
DAYS_UNTIL_EXPIRY: Final = Thresholds(warning=14, critical=3, rising=False)  # of certificates

# Service level objectives: the percentage of requests that are answered without a 5xx status, and within a time.
AVAILABILITY_OBJECTIVE: Final = 99.5
LATENCY_OBJECTIVE: Final = 95.0
LATENCY_OBJECTIVE_MS: Final = 5_000  # the bound of a bucket
