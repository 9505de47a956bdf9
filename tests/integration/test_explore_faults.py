"""The pages of logs and traces while a real Elasticsearch is away, slow, lying or frozen, as viewers notice it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
import requests
from flask.testing import FlaskClient

from app.factory import create_app
from app.settings import Settings
from bench.fault_proxy import HTTP_FAULTS, FaultProxy
from tests.integration.stores.elastic_documents import LOG_INDEX, mapping
from tests.integration.stores.elastic_node import put_documents, put_index
from tests.servers import elasticsearch, wait_until

pytestmark = pytest.mark.integration

LONGEST = 6.0  # seconds: one deadline of 4 s for a page and room for a busy machine, less than two deadlines
RECOVERY = 15.0
MOVED = 5.5  # after so long a range of 15 minutes is another one
LOGS = "/api/explore/logs?from=now-15m"
PAGES = [
    LOGS,
    "/api/explore/logs?from=now-15m&view=patterns",
    "/api/explore/traces?from=now-15m",
    "/api/explore/map?from=now-15m",
    "/api/explore/endpoint?endpoint=/v1/chat&from=now-15m",
]
OTHERS = [
    "/api/logs/tail?from=now-15m",
    "/api/logs/line?id=x/y",
    "/api/logs/complete?q=lev",
    "/api/traces/complete?q=na",
    "/api/logs/export.csv?from=now-15m",
    f"/api/explore/trace?id={1:032x}",
    "/api/trace/span?id=1&span=2",
    "/logs?from=now-15m",
    "/traces?from=now-15m",
]


class Site:
    """The app over a node behind a proxy that breaks."""

    def __init__(self, url: str, proxy: FaultProxy) -> None:
        self.url, self.proxy = url, proxy
        settings = Settings(prometheus_url="http://127.0.0.1:9", elasticsearch_url=proxy.url)
        self.app = create_app(settings)
        self.client: FlaskClient = self.app.server.test_client()

    @property
    def pid(self) -> int:
        """The process of the node."""
        return int(
            requests.get(f"{self.url}/_nodes/_local/process", timeout=10).json()["nodes"].popitem()[1]["process"]["id"]
        )

    def is_well(self) -> bool:
        """Whether the logs are answered anew."""
        answer = self.client.get(LOGS).get_json()
        return "error" not in answer and "data-line=" in answer["parts"]["list"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    node = elasticsearch(tmp_path_factory.mktemp("node"))
    node.start()
    put_index(node.url, LOG_INDEX["serilog"], mapping("serilog"))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    fields = {"@timestamp": now, "level": "Error", "message": "It broke", "messageTemplate": "It broke"}
    put_documents(node.url, [(LOG_INDEX["serilog"], fields)])
    yield node.url
    node.stop()


@pytest.fixture
def site(url: str) -> Iterator[Site]:
    proxy = FaultProxy(int(url.rpartition(":")[2]))
    site = Site(url, proxy)
    wait_until(site.is_well, 60)
    for path in PAGES:
        site.client.get(path)
    yield site
    site.app.engine.close()
    proxy.close()


def check_pages(site: Site) -> None:
    """Every page answers in time, without a 5xx, and the logs show what they had."""
    time.sleep(1.2)  # what is kept as partial or old is over by then
    for path in [*PAGES, *OTHERS]:
        begun = time.monotonic()
        answer = site.client.get(path)
        assert answer.status_code < 500, path
        assert time.monotonic() - begun < LONGEST, path
        if answer.is_json and "error" in answer.get_json():
            remaining = answer.cache_control.max_age
            assert answer.status_code == 400 or (remaining or 0) <= 1, path
    logs = site.client.get(LOGS).get_json()
    assert "It broke" in logs["parts"]["list"]


@pytest.mark.parametrize("fault", HTTP_FAULTS)
def test_pages_are_answered_in_time_with_the_last_data_and_recover(site: Site, fault: str) -> None:
    site.proxy.begin(fault)
    # Relative ranges have moved on by then: the same address is another question to the store.
    time.sleep(MOVED)
    check_pages(site)
    if fault != "slow":  # two seconds for each answer may be enough for one page
        # On a busy machine the answer of a moment before the fault may still be young.
        wait_until(lambda: site.client.get(LOGS).get_json().get("error", {}).get("as_of", 0) > 0, RECOVERY)
    site.proxy.end()
    wait_until(site.is_well, RECOVERY)


def test_a_frozen_node_is_waited_for_once_and_its_return_is_noticed(site: Site) -> None:
    pid = site.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(MOVED)
        check_pages(site)
        begun = time.monotonic()
        for path in PAGES:
            assert site.client.get(path).status_code == 200
        assert time.monotonic() - begun < 1.0  # it is known to be away: nobody waits for it again
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(site.is_well, RECOVERY)


def test_an_app_that_never_had_an_answer_says_so_beside_the_form(url: str) -> None:
    proxy = FaultProxy(int(url.rpartition(":")[2]))
    proxy.begin("paused")
    site = Site(url, proxy)
    try:
        begun = time.monotonic()
        answer = site.client.get(LOGS)
        assert time.monotonic() - begun < LONGEST
        assert answer.status_code == 200
        assert "did not answer in time" in answer.get_json()["error"]["sentence"]
        assert "<form" in answer.get_json()["parts"]["form"]
        wait_until(lambda: "Elasticsearch" in site.client.get("/logs").text, 10)
        proxy.end()
        wait_until(site.is_well, RECOVERY)
    finally:
        site.app.engine.close()
        proxy.close()
