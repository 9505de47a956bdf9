"""Runbooks in Markdown: blocks for checks and panels, escaped text, links between runbooks."""

from __future__ import annotations

import pytest

from pages.runbooks.document import Check, PanelBlock, Prose, load, parse
from panels.spec import Unit

CHECK = '```check\ntitle = "Failed"\nexpr = \'sum (up{$filters})\'\nunit = "percent"\nnormal = "< 1"\n```\n'


def test_checks_and_panels_stand_between_the_texts() -> None:
    runbook = parse(
        "x", f"# Alert\n\n## Meaning\n\nIt fails.\n\n1. Look.\n\n{CHECK}\n```panel\nproviders/errors\n```\n"
    )

    assert runbook.title == "Alert"
    assert runbook.sections == ("Meaning",)
    assert runbook.summary == "It fails."
    text, check, panel = runbook.blocks
    assert isinstance(text, Prose)
    assert "<h1>" not in text.html
    assert check == Check("Failed", "sum (up{$filters})", Unit.PERCENT, "< 1")
    assert panel == PanelBlock("providers", "errors")


def test_html_is_escaped_and_images_are_not_loaded() -> None:
    runbook = parse(
        "x", "# A\n\n<script>alert(1)</script>\n\n![i](http://example.org/i.png) [l](javascript:alert(1))\n"
    )

    text = "".join(block.html for block in runbook.blocks if isinstance(block, Prose))
    assert "<script" not in text
    assert "<img" not in text
    assert 'href="javascript' not in text


def test_links_between_files_lead_to_pages() -> None:
    block = parse("x", "# A\n\nSee [B](provider-down.md).\n").blocks[0]

    assert isinstance(block, Prose)
    assert 'href="/runbooks?name=provider-down"' in block.html


@pytest.mark.parametrize(
    ("normal", "value", "expected"),
    [("< 1", 0.5, True), ("< 1", 1.0, False), (">= 2", 2.0, True), ("== 1", 0.0, False), ("", 5.0, None)],
)
def test_a_value_is_normal_by_the_comparison(normal: str, value: float, expected: bool | None) -> None:
    assert Check("t", "up", Unit.COUNT, normal).is_normal(value) is expected


@pytest.mark.parametrize(
    "block",
    [
        '```check\ntitle = "t"\nunit = "percent"\n```',
        "```check\ntitle = 't'\nexpr = 'up'\nunit = 'parsecs'\n```",
        "```check\ntitle = 't'\nexpr = 'up'\nunit = 'count'\nnormal = 'low'\n```",
        "```check\ntitle = 't'\nexpr = 'up'\nunit = 'count'\ncolour = 'red'\n```",
        "```panel\nproviders\n```",
    ],
)
def test_a_wrong_block_is_an_error(block: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse("x", f"# A\n\n{block}\n")


@pytest.mark.parametrize("name", ["../../pyproject", "no-such-runbook", "", "A"])
def test_a_name_that_is_none_has_no_runbook(name: str) -> None:
    assert load(name) is None
