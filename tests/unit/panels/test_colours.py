"""The same thing has the same colour on every chart."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels import colours, themes

NAMES = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8, unique=True)


def coloured(*names: str) -> dict[str, str]:
    """Colours of one chart whose series have these endpoints."""
    return dict(zip(names, colours.assign([({"endpoint": name}, name) for name in names]), strict=True))


def test_known_things_have_their_colour_on_whatever_chart() -> None:
    alone = colours.assign([({"provider": "openai"}, "openai")])
    among = colours.assign([({"provider": "mistral"}, "mistral"), ({"provider": "openai"}, "openai")])
    assert alone[0] == among[1] == colours.of("openai") == "var(--series-1)"


def test_quantiles_are_light_medium_and_dark_of_one_hue() -> None:
    assert [colours.of(name) for name in ("p50", "p95", "p99")] == ["var(--q50)", "var(--q95)", "var(--q99)"]


@pytest.mark.parametrize(("code", "token"), [("200", "2xx"), ("404", "4xx"), ("429", "4xx"), ("503", "5xx")])
def test_status_codes_take_the_colour_of_their_class(code: str, token: str) -> None:
    assert colours.of(code).startswith(f"var(--status-{token})")


def test_codes_of_one_class_are_told_apart() -> None:
    assert len({colours.of(code) for code in ("500", "502", "503", "504")}) == 4
    assert len({colours.of(code) for code in ("400", "401", "404", "429")}) == 4


@settings(deadline=None)
@given(names=NAMES)
def test_up_to_eight_unknown_things_on_one_chart_have_eight_colours(names: list[str]) -> None:
    unknown = [name for name in names if colours.known(name) is None]
    assigned = coloured(*unknown)
    assert len(set(assigned.values())) == len(assigned)


@settings(deadline=None)
@given(names=NAMES, seed=st.randoms())
def test_the_order_of_the_series_does_not_change_colours(names: list[str], seed: object) -> None:
    shuffled = list(names)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert coloured(*names) == coloured(*shuffled)


def test_a_model_that_comes_with_its_provider_keeps_the_models_colour() -> None:
    labels = {"provider": "openai", "model": "gpt-4o"}
    assert colours.assign([(labels, "openai gpt-4o")]) == ("var(--series-1)",)


def test_fading_multiplies_what_is_faded_already() -> None:
    assert colours.fade("var(--a)", 0.1) == "var(--a)/0.1"
    assert colours.fade("var(--a)/0.5", 0.5) == "var(--a)/0.25"


def test_every_colour_that_can_be_used_is_a_token_of_both_themes() -> None:
    used = {*colours.PALETTE, *(themes.parse(colour)[0] for colour in (*colours.HEAT, *colours.STATUS.values()))}
    used |= set(colours._KNOWN.values()) | {"--series-other", "--grid", "--surface", "--text-2"}
    assert used <= set(themes.tokens("light"))
    assert used <= set(themes.tokens("dark"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_series_and_status_colours_stand_out_from_their_background(theme: themes.Theme) -> None:
    tokens = themes.tokens(theme)
    for token in (*colours.PALETTE, "--good", "--warning", "--serious", "--critical", "--status-5xx", "--text-3"):
        needed = 4.5 if token == "--text-3" else 3.0
        assert contrast(tokens[token], tokens["--surface"]) >= needed, token


def contrast(first: str, second: str) -> float:
    """WCAG contrast of two `#rrggbb` colours."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1."""
    assert re.fullmatch(r"#[0-9a-f]{6}", colour)
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
