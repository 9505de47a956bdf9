"""What the URL asks: a window, and the baseline that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pages.page_url import PageUrl
from queries.core.errors import InvalidInput
from queries.core.time_range import DAY
from queries.search.results import Range

BASELINES: Final = (("before", "The time before"), ("day", "A day before"), ("week", "A week before"))
MOST_SECONDS: Final = 2 * DAY
LEAST_SECONDS: Final = 300


@dataclass(frozen=True)
class ChangesQuery:
    """The window and how many seconds earlier its baseline lies; both are equally long."""

    url: PageUrl
    window: Range
    baseline: str
    shift: int

    @property
    def before(self) -> Range:
        """The baseline's range."""
        start, end = self.window.start_ns // 10**9, self.window.end_ns // 10**9
        return Range.of_seconds(start - self.shift, end - self.shift)


def read(url: PageUrl) -> ChangesQuery:
    """The query of an address. Raises InvalidInput for a range that is too long or overlaps its baseline."""
    window, baseline = url.range, url.choice("baseline", tuple(name for name, _ in BASELINES), "before")
    seconds = round(window.seconds)
    if seconds > MOST_SECONDS:
        raise InvalidInput("from", "The range is longer than two days.", "Select the time in which something changed.")
    if seconds < LEAST_SECONDS:
        raise InvalidInput("from", "The range is shorter than five minutes.", "A change needs some samples to show.")
    shift = {"before": seconds, "day": DAY, "week": 7 * DAY}[baseline]
    if shift < seconds:
        raise InvalidInput(
            "baseline", "The range overlaps the day before.", "Choose the time before, or a week before."
        )
    return ChangesQuery(url, window, baseline, shift)
