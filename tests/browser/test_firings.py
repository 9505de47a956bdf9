"""A span in which an alert fired is shaded on its chart, named below it, beside the pointer, and in the full view."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.settings import Settings
from tests.browser.conftest import ready, served
from tests.servers import backfill, prometheus, running

pytestmark = pytest.mark.browser

STEP = 15
COUNTER = 'codeagent_requests_total{{endpoint="/v1/chat",method="POST",status="{status}"}} {value} {time}'
ALERT = 'ALERTS{{alertname="HighErrorRate",alertstate="firing",severity="critical"}} 1 {time}'
PLOT = "document.querySelector('.explore-plot').layout"


def exposition(begin: int, end: int) -> str:
    """Requests of which some fail, with the alert about them from one third of the span to two thirds."""
    times = range(begin, end, STEP)
    lines = ["# TYPE codeagent_requests counter"]
    for status, share in (("200", 10), ("500", 2)):
        lines += [COUNTER.format(status=status, value=share * n, time=instant) for n, instant in enumerate(times)]
    lines.append("# TYPE ALERTS gauge")
    third = (end - begin) // 3
    lines += [ALERT.format(time=instant) for instant in times if begin + third <= instant < end - third]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a Prometheus in which an alert fired half an hour ago."""
    folder, now = tmp_path_factory.mktemp("firings"), int(time.time())
    backfill(folder, exposition(now - 3_600, now))
    with running(prometheus(folder)) as server, served(Settings(prometheus_url=server.url)) as address:
        yield address


def test_a_firing_is_shaded_and_named_in_the_chart_and_in_its_full_view(desktop: Page, url: str) -> None:
    desktop.goto(f"{url}/overview?from=now-1h")
    ready(desktop, "overview")
    area = desktop.locator("#body-error-course .chart-picture .firing")
    expect(area.locator("title")).to_have_text("HighErrorRate")
    expect(desktop.locator("#panel-error-course")).to_contain_text("Shaded while it fired: HighErrorRate")
    expect(desktop.locator("#body-latency .firing")).to_have_count(0)

    box = area.bounding_box()
    assert box is not None
    desktop.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(desktop.locator(".tip-row").first).to_have_text("HighErrorRatefires")
    desktop.mouse.move(box["x"] - 40, box["y"] + box["height"] / 2)
    expect(desktop.locator(".tip")).not_to_contain_text("HighErrorRate")

    desktop.click("[data-panel-menu=error-course]")
    desktop.click("text=Explore chart")
    desktop.wait_for_selector("html[data-explored=error-course]", state="attached")
    shape = desktop.evaluate(f"{PLOT}.shapes.find(({{ type }}) => type === 'rect')")
    first, last = desktop.evaluate(f"{PLOT}.xaxis.range")
    assert shape["label"]["text"] == "HighErrorRate"
    assert first < shape["x0"] < shape["x1"] < last  # in the viewer's zone, as the axis is
