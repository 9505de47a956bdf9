"""Text from data in the browser: the scripts show unseen characters as the server does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from panels.visible import visible_name
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("before", ["a", "é", "م", "❤", "1", "语"])
def test_scripts_and_server_show_every_character_alike(desktop: Page, app_url: str, before: str) -> None:
    desktop.goto(f"{app_url}/about")
    codes = [*range(0xD800), *range(0xE000, 0x11_0000)]
    displayed = desktop.evaluate(
        """(before) => { const all = [];
        for (let code = 0; code < 0x110000; code++) {
          if (code >= 0xd800 && code < 0xe000) continue;
          const text = before + String.fromCodePoint(code);
          const seen = codeagent.visibleName(text);
          if (seen !== text) all.push([code, seen]);
        }
        return all; }""",
        before,
    )
    expected = [
        [code, visible_name(before + chr(code))]
        for code in codes
        if visible_name(before + chr(code)) != before + chr(code)
    ]
    assert displayed == expected


def test_a_filter_value_cannot_turn_the_text_round_it(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/endpoint?endpoint=/v1/%E2%80%AEevil")
    ready(desktop, "endpoint")

    expect(desktop.locator(".board-title")).to_have_text("/v1/⟨202E⟩evil")
    expect(desktop.locator('[data-menu="filter-endpoint"]')).to_contain_text("⟨202E⟩")
    for text in (desktop.title(), desktop.inner_text("body")):
        assert "\u202e" not in text


def test_scripts_follow_no_address_out_of_the_app(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/about")
    for address in ("//evil.example/x", "/\\evil.example", "https://evil.example", "javascript:document.title='x'"):
        desktop.evaluate("(address) => codeagent.url.go(address)", address)

    assert desktop.url == f"{app_url}/about"
