"""A span in which an alert fired is shaded on its chart, named below it, beside the pointer, and in the full view."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.settings import Settings
from tests.browser.conftest import ready, served
from tests.servers import backfill, prometheus, running, wait_until

pytestmark = pytest.mark.browser

STEP = 15
COUNTER = 'codeagent_requests_total{{endpoint="/v1/chat",method="POST",status="{status}"}} {value} {time}'
BUCKET = 'codeagent_request_duration_bucket{{endpoint="/v1/chat",method="POST",le="{bound}"}} {value} {time}'
ALERT = 'ALERTS{{alertname="{rule}",alertstate="firing",severity="critical"}} 1 {time}'
FIRED = ("HighErrorRate", "SlowAPIResponse", "My own rule")
OWN_RULE = """
groups:
  - name: own
    rules:
      - {alert: My own rule, expr: "codeagent_active_users > 1e9"}
"""
PLOT = "document.querySelector('.explore-plot').layout"


def exposition(begin: int, end: int) -> str:
    """Requests of which some fail, with the alert about them from one third of the span to two thirds."""
    times = range(begin, end, STEP)
    lines = ["# TYPE codeagent_requests counter"]
    for status, share in (("200", 10), ("500", 2)):
        lines += [COUNTER.format(status=status, value=share * n, time=instant) for n, instant in enumerate(times)]
    lines.append("# TYPE codeagent_request_duration histogram")
    for bound, share in (("1000", 4), ("2500", 9), ("+Inf", 10)):
        lines += [BUCKET.format(bound=bound, value=share * n, time=instant) for n, instant in enumerate(times)]
    lines.append("# TYPE codeagent_active_users gauge")
    lines += [f"codeagent_active_users 7 {instant}" for instant in times]
    lines.append("# TYPE ALERTS gauge")
    third = (end - begin) // 3
    fired = [instant for instant in times if begin + third <= instant < end - third]
    lines += [ALERT.format(rule=rule, time=instant) for rule in FIRED for instant in fired]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a Prometheus in which an alert fired half an hour ago."""
    folder, now = tmp_path_factory.mktemp("firings"), int(time.time())
    backfill(folder, exposition(now - 3_600, now))
    (folder / "own.yml").write_text(OWN_RULE)
    config = f"rule_files: [{folder}/own.yml]\n"
    with running(prometheus(folder, config)) as server, served(Settings(prometheus_url=server.url)) as address:
        yield address


def test_a_firing_is_shaded_and_named_in_the_chart_and_in_its_full_view(desktop: Page, url: str) -> None:
    desktop.goto(f"{url}/overview?from=now-1h")
    ready(desktop, "overview")
    area = desktop.locator("#body-error-course .chart-picture .firing")
    expect(area.locator("title")).to_have_text("HighErrorRate")
    expect(desktop.locator("#panel-error-course")).to_contain_text("Shaded while it fired: HighErrorRate")
    expect(desktop.locator("#panel-latency")).not_to_contain_text("HighErrorRate")

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


def test_over_a_heatmap_a_firing_is_a_frame(desktop: Page, url: str) -> None:
    desktop.goto(f"{url}/api-performance?from=now-1h")
    ready(desktop, "api-performance")
    frame = desktop.locator("#body-latency-distribution .chart-picture .firing")
    expect(frame.locator("title")).to_have_text("SlowAPIResponse")
    expect(frame.locator("path")).to_have_attribute("fill", "none")
    expect(desktop.locator("#panel-latency-distribution")).to_contain_text("Framed while it fired: SlowAPIResponse")


def test_a_rule_of_somebody_else_is_shaded_where_its_metrics_are(desktop: Page, url: str) -> None:
    def is_named() -> bool:
        desktop.goto(f"{url}/overview?from=now-1h")
        ready(desktop, "overview")
        return "My own rule" in desktop.locator("#panel-users-and-connections").inner_text()

    wait_until(is_named, 30)  # the first board does not wait for the rules
    expect(desktop.locator("#panel-latency")).not_to_contain_text("My own rule")
