"""The share dialog: links, frames and pictures for wikis, signed ones with an end, and revoking them."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import Locator, Page, expect

from app.settings import Settings
from tests.browser.conftest import ready, served
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser

LEAST = 44  # pixels of what a thumb touches


@pytest.fixture(scope="module")
def site(metrics_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that signs links."""
    folder = tmp_path_factory.mktemp("share")
    (folder / "key").write_text("a key of more than sixteen characters")
    settings = Settings(prometheus_url=metrics_url, link_key_file=folder / "key", links_file=folder / "links.db")
    with served(settings) as url:
        yield url


def opened(page: Page, url: str, panel: str = "latency") -> Locator:
    """The dialog of a panel, or of the board for an empty panel."""
    page.goto(f"{url}/overview?from=now-6h")
    ready(page, "overview")
    if panel:
        page.locator(f"[data-panel-menu={panel}]").scroll_into_view_if_needed()
        page.click(f"[data-panel-menu={panel}]")
        page.click("[role=menuitem]:has-text('Share')")
    else:
        page.click("[data-share]")
    expect(page.locator("dialog.share form button, dialog.share .share-wiki input").first).to_be_visible()
    return page.locator("dialog.share")


def text_of(dialog: Locator, label: str) -> str:
    return dialog.get_by_label(label, exact=True).input_value()


def created(dialog: Locator, days: str = "7") -> None:
    dialog.get_by_label("Works for").select_option(days)
    dialog.get_by_label("Your name").fill("Ann")
    dialog.get_by_text("Create a signed link").click()
    expect(dialog.get_by_label("Frame", exact=True)).to_be_visible()


def test_a_signed_link_is_created_copied_and_revoked(desktop: Page, site: str) -> None:
    desktop.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog = opened(desktop, site)
    created(dialog)

    address = text_of(dialog, "Link without sign-in")
    assert address.startswith(f"{site}/embed/overview/latency?from=now-6h&to=now&sig=")
    assert unescape(text_of(dialog, "Frame")).startswith(f'<iframe src="{address}" title="Response time"')
    dialog.get_by_label("Copy Picture, Markdown").click()
    copied = desktop.evaluate("navigator.clipboard.readText()")
    picture = copied.partition("](")[2].partition(")](")[0]
    assert desktop.request.get(picture).headers["content-type"] == "image/png"
    assert desktop.request.get(address).status == 200

    row = dialog.locator(".share-links li").first
    expect(row).to_contain_text("/embed/overview/latency by Ann, expires in 7 days")
    row.get_by_role("button").click()
    expect(row).to_contain_text("revoked")
    assert [desktop.request.get(link).status for link in (address, picture)] == [410, 410]


def test_a_link_shows_at_most_the_largest_range_that_is_chosen(desktop: Page, site: str) -> None:
    dialog = opened(desktop, site)
    dialog.get_by_label("Largest range").select_option("1d")
    created(dialog)
    address = text_of(dialog, "Link without sign-in")
    statuses = [desktop.request.get(address.replace("now-6h", start)).status for start in ("now-24h", "now-25h")]
    assert statuses == [200, 403]


def test_a_board_is_shared_as_a_frame_with_the_filters_of_the_view(desktop: Page, site: str) -> None:
    desktop.goto(f"{site}/overview?from=now-6h&endpoint=/v1/embeddings")
    ready(desktop, "overview")
    desktop.click("[data-share]")
    dialog = desktop.locator("dialog.share")
    expect(dialog.get_by_label("Works for")).to_be_visible()
    created(dialog)

    address = text_of(dialog, "Link without sign-in")
    assert "endpoint=/v1/embeddings" in address
    assert desktop.request.get(address.replace("embeddings", "other")).status == 403
    expect(dialog.get_by_label("Picture, HTML", exact=True)).to_have_count(0)


def test_without_a_key_frames_and_pictures_are_offered_unsigned(desktop: Page, app_url: str) -> None:
    dialog = opened(desktop, app_url)

    assert "sig=" not in text_of(dialog, "Frame")
    assert f"{app_url}/render/overview/latency.png?from=now-6h" in unescape(text_of(dialog, "Picture, HTML"))
    expect(dialog.locator("form *")).to_have_count(0)
    expect(dialog).to_contain_text("This works for those who can open the dashboards.")


def test_the_view_is_mailed_with_its_times_and_leads_to_the_panel(desktop: Page, app_url: str) -> None:
    dialog = opened(desktop, app_url)
    address = text_of(dialog, "Address")

    assert address.endswith("panel=latency#panel-latency")
    assert "from=now" not in address
    href = dialog.get_by_text("Mail").get_attribute("href")
    assert href is not None
    assert href.startswith("mailto:?subject=Response%20time&body=http")


def test_the_script_is_loaded_when_the_dialog_is_opened_and_not_before(desktop: Page, app_url: str) -> None:
    addresses: list[str] = []
    desktop.on("request", lambda request: addresses.append(request.url))
    desktop.goto(f"{app_url}/overview?from=now-6h")
    ready(desktop, "overview")
    assert not [address for address in addresses if "/share." in address]
    desktop.click("[data-share]")
    expect(desktop.locator("dialog.share")).to_be_visible()
    assert len([address for address in addresses if "/share." in address]) == 2


def test_the_dialog_is_accessible_and_gives_the_focus_back(desktop: Page, site: str) -> None:
    dialog = opened(desktop, site, "")
    created(dialog)
    assert violations(desktop) == []
    desktop.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(desktop.locator("[data-share]")).to_be_focused()


def test_on_a_phone_it_stands_at_the_lower_edge_with_targets_for_a_thumb(phone: Page, site: str) -> None:
    dialog = opened(phone, site)
    created(dialog)

    box = dialog.bounding_box()
    assert box is not None
    assert abs(box["y"] + box["height"] - 844) <= 1
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    for target in dialog.locator("button, a, select, input:not([type=checkbox]), .share-check").all():
        size = target.bounding_box()
        assert size is not None
        assert size["height"] >= LEAST, target.inner_text()
    assert violations(phone) == []
