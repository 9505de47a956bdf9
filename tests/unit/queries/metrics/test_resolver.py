"""Profiles are resolved once, and again when the names of the backend change; nobody waits for that."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.profile import CODEAGENT
from queries.metrics.resolver import LIFE_SECONDS, RETRY_SECONDS, FixedProfile, ProfileResolver
from tests.formula import Formula
from tests.servers import wait_until
from tests.unit.queries.metrics.test_detection import CALLS, GATEWAY, SERVER


@dataclass
class Named(Formula):
    """A backend whose names a test changes."""

    names: tuple[str, ...] = ("gate_calls_total",)
    jobs: tuple[str, ...] = ("a",)
    past_jobs: tuple[str, ...] = ()
    requests: list[str] = field(default_factory=list)

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        self.requests.append(label)
        assert self.hold.wait(10)
        if self.is_away:
            raise SourceUnavailable(self.name, "away")
        if label == "__name__":
            return self.names
        return self.jobs if window.seconds < 3_600 else (*self.jobs, *self.past_jobs)

    def label_names(self, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return ("job", "model_name")


def resolver(source: Named, clock: Callable[[], float], *, is_automatic: bool = True) -> ProfileResolver:
    definitions = (GATEWAY, SERVER) if is_automatic else (GATEWAY,)
    return ProfileResolver(source, definitions, is_automatic, time.time, clock)


def test_names_are_read_once_and_again_when_they_may_have_changed() -> None:
    now, source = [0.0], Named([0.0])
    profiles = resolver(source, lambda: now[0])
    first = profiles.current()
    assert [match.name for match in first.profiles] == ["gateway"]
    assert first.profile.metrics[CALLS].parts[0].labels["model"] == ("model_name",)
    profiles.current()
    assert source.requests.count("__name__") == 1
    now[0] += LIFE_SECONDS
    source.names = ("serve:running", "serve:requests_total")
    wait_until(lambda: [match.name for match in profiles.current().profiles] == ["server"], 5)


def test_an_unchanged_backend_keeps_its_resolution_and_its_cached_answers() -> None:
    now, source = [0.0], Named([0.0])
    profiles = resolver(source, lambda: now[0])
    first = profiles.current()
    now[0] += LIFE_SECONDS
    wait_until(lambda: profiles.current() is not None and source.requests.count("__name__") == 2, 5)
    assert profiles.current() is first


def test_until_the_backend_answers_nothing_is_known_and_afterwards_it_is() -> None:
    now, source = [0.0], Named([0.0], is_away=True)
    profiles = resolver(source, lambda: now[0])
    assert not profiles.current().is_known
    source.is_away = False
    now[0] += RETRY_SECONDS
    wait_until(lambda: profiles.current().is_known, 5)


def test_nobody_waits_for_a_silent_backend_once_the_first_viewer_has_waited() -> None:
    source = Named([0.0])
    source.hold.clear()
    profiles = resolver(source, time.monotonic)
    assert not profiles.current().is_known
    begun = time.monotonic()
    assert not profiles.current().is_known
    assert time.monotonic() - begun < 0.5
    source.hold.set()
    wait_until(lambda: profiles.current().is_known, 10)


def test_a_backend_that_goes_away_keeps_its_profile() -> None:
    now, source = [0.0], Named([0.0])
    profiles = resolver(source, lambda: now[0])
    first = profiles.current()
    source.is_away = True
    now[0] += LIFE_SECONDS
    profiles.current()
    wait_until(lambda: source.requests.count("__name__") == 2, 5)
    assert profiles.current() == first


def test_a_chosen_profile_is_used_while_the_backend_is_away() -> None:
    source = Named([0.0], is_away=True)
    result = resolver(source, time.monotonic, is_automatic=False).current()
    assert result.profile.metrics[CALLS].parts[0].name == "gate_calls_total"


@pytest.mark.parametrize(
    ("jobs", "past_jobs", "expected"),
    [(("b",), ("a",), ()), (("a", "b"), (), ("a", "b")), ((), ("a", "b"), ("a", "b"))],
)
def test_a_job_that_is_gone_is_a_deployment_only_when_all_are_gone(
    jobs: tuple[str, ...], past_jobs: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    source = Named([0.0], jobs=jobs, past_jobs=past_jobs)
    (match,) = resolver(source, time.monotonic).current().profiles
    assert match.jobs == expected


def test_a_fixed_profile_asks_nobody() -> None:
    assert FixedProfile(CODEAGENT).current().profile is CODEAGENT
