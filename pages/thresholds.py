"""The thresholds of the boards, in one place, in the unit of each panel.

The alert rules in `alerts/rules/` use the same numbers; `tests/unit/pages/test_thresholds.py` compares them.
"""

from __future__ import annotations

from typing import Final

from panels.spec import Status, Thresholds

UP: Final = Thresholds(critical=0, rising=False)  # 1 up, 0 down
UP_WORDS: Final = ((Status.GOOD, "up"), (Status.CRITICAL, "down"), (Status.UNKNOWN, "unknown"))

# Requests and calls of providers, percent.
ERROR_RATE: Final = Thresholds(warning=1, critical=5)
REJECTED: Final = Thresholds(warning=5, critical=25)
AVAILABILITY: Final = Thresholds(warning=99.5, critical=95, rising=False)
PROBES_UP: Final = Thresholds(warning=99.9, critical=50, rising=False)
RATE_LIMIT_LEFT: Final = Thresholds(warning=20, critical=5, rising=False)
ABNORMAL_CLOSES: Final = Thresholds(warning=5, critical=20)

# Response times, milliseconds. The alert SlowResponses fires at 5 s, between warning and critical.
RESPONSE_TIME: Final = Thresholds(warning=4_000, critical=8_000)
PROVIDER_TIME: Final = Thresholds(warning=5_000, critical=15_000)
QUERY_TIME: Final = Thresholds(warning=100, critical=500)

# Hosts and containers, percent.
USAGE: Final = Thresholds(warning=80, critical=95)
DISK_USAGE: Final = Thresholds(warning=80, critical=90)
CACHE_HIT_RATE: Final = Thresholds(warning=10, critical=1, rising=False)
REDIS_HIT_RATE: Final = Thresholds(warning=50, critical=10, rising=False)

MINUTES_UNTIL_EXHAUSTED: Final = Thresholds(warning=10, critical=2, rising=False)
DAYS_UNTIL_FULL: Final = Thresholds(warning=14, critical=3, rising=False)
RESTARTS: Final = Thresholds(warning=1, critical=5)  # in the range
