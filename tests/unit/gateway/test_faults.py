"""Faults are switched on for a while, with parameters of the right type, and end by themselves."""

from __future__ import annotations

import pytest

from gateway.faults import BY_NAME, FAULTS, Switches, seconds_of


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_fault_ends_when_its_time_is_up() -> None:
    clock = Clock()
    switches = Switches(clock)
    switches.switch_on("errors", 60, {"share": "0.5"})
    assert switches.active("errors") == {"endpoint": "/v1/chat/completions", "share": 0.5}
    clock.now += 60
    assert switches.active("errors") is None
    assert switches.all_active() == []


def test_a_fault_can_be_ended_early() -> None:
    switches = Switches()
    switches.switch_on("spike", 60, {})
    switches.switch_off("spike")
    switches.switch_off("spike")
    assert switches.all_active() == []


@pytest.mark.parametrize(
    ("name", "seconds", "chosen"),
    [
        ("nothing", 60, {}),
        ("errors", 0, {}),
        ("errors", 1e9, {}),
        ("errors", 60, {"colour": 1}),
        ("errors", 60, {"share": "much"}),
        ("errors", 60, {"share": 1.5}),
        ("errors", 60, {"endpoint": "/none"}),
        ("traffic", 60, {"factor": -1}),
        ("slow", 60, {"provider": "nobody"}),
    ],
)
def test_a_wrong_wish_is_refused(name: str, seconds: float, chosen: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Switches().switch_on(name, seconds, chosen)


def test_every_fault_says_what_it_does_and_can_be_switched_on() -> None:
    switches = Switches()
    for fault in FAULTS:
        assert fault.effect.endswith(".")
        assert switches.switch_on(fault.name, 1, {}).parameters == dict(fault.parameters)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1.5h", 5400)])
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5x", "m"])
def test_a_wrong_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="5m"):
        seconds_of(text)


def test_a_fault_that_grows_says_how_much_of_its_time_is_over() -> None:
    clock = Clock()
    switches = Switches(clock)
    assert switches.progress("memory-leak") == 0
    switches.switch_on("memory-leak", 100, {})
    clock.now += 25
    assert switches.progress("memory-leak") == 0.25
    clock.now += 75
    assert switches.progress("memory-leak") == 0


def test_place_and_size_name_the_parameters_of_each_fault() -> None:
    assert (BY_NAME["errors"].place, BY_NAME["errors"].size) == ("endpoint", "share")
    assert (BY_NAME["slow"].place, BY_NAME["slow"].size) == ("provider", "factor")
    assert (BY_NAME["bad-deploy"].place, BY_NAME["bad-deploy"].size) == ("instance", "share")
    assert (BY_NAME["no-cache"].place, BY_NAME["no-cache"].size) == ("", "")
