"""A link from data leads to a page of the app or to the default, never out of the app."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.alerts import alert_of
from app.links import internal_link
from queries.metrics.alerts import FiringAlert

DEFAULT = "/overview"


@pytest.mark.parametrize(
    "address",
    [
        "/providers",
        "/api-performance?from=now-1h",
        "/endpoint?endpoint=/v1/chat/completions&from=now-1h",
        "/trace?id=0af7651916cd43dd#span",
        "/logs?q=level:error+Endpoint:%22/v1%22",
        "/overview#panel-latency",
    ],
)
def test_pages_of_the_app_are_linked(address: str) -> None:
    assert internal_link(address, DEFAULT) == address


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example/x", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
        "/.//evil.example", "/%2f/evil.example", "https://evil.example", "javascript:alert(1)", "data:text/html,x", "",
        "providers", " /providers", "/providers\n", "/providers?x=\\", "/providers\u202e", "/providers?x=\u2066",
        "/providers//evil.example", "/providers/../..//evil.example", "/nothing", "/api/boards", "/providers@evil",
    ],
)  # fmt: skip
def test_everything_else_becomes_the_default(address: str) -> None:
    assert internal_link(address, DEFAULT) == DEFAULT


@given(st.text(alphabet="/\\.:@?#%\t\n\r abproviders0\u202e", max_size=24).map("/providers".__add__) | st.text())
def test_a_link_stays_on_the_own_host(address: str) -> None:
    link = internal_link(address, DEFAULT)
    assert urlsplit(urljoin("https://own.example/overview", link)).netloc == "own.example"
    assert link.startswith("/")
    assert "//" not in link.split("?")[0]


def test_an_alert_s_annotation_does_not_lead_out_of_the_app() -> None:
    annotations = {"dashboard": "//evil.example/x", "summary": "5 % \u202efail"}
    alert = alert_of(FiringAlert({"alertname": "x"}, annotations, 0, 0))
    assert alert.href == "/overview"
    assert alert.text == "5 % ⟨202E⟩fail"


def test_a_board_of_a_file_is_a_page_while_it_is_there() -> None:
    assert internal_link("/queue-2?from=now-1h", "", {"queue-2"}) == "/queue-2?from=now-1h"
    assert internal_link("/queue-2", "", ()) == ""
    assert internal_link("//queue-2", "", {"queue-2"}) == ""
