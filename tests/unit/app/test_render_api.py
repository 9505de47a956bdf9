"""Addresses of pictures: what they accept, what they refuse, and what they say without data."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from app.factory import App, create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    instance = create_app(Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0))
    yield instance
    instance.engine.close()


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.server.test_client()


def png_size(body: bytes) -> tuple[int, int]:
    """Width and height in the header of a PNG."""
    assert body.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", body[16:24])
    return width, height


def test_a_picture_without_data_states_the_panel_the_reason_and_the_range(client: FlaskClient) -> None:
    answer = client.get("/render/overview/error-rate.svg?from=now-6h&tz=Europe/Berlin&theme=dark")
    text = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert "Error rate" in text
    assert "CET" in text or "CEST" in text
    assert "#161a20" in text  # the dark surface
    assert "Prometheus" in text or "prometheus" in text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_png_has_the_size_times_the_scale(client: FlaskClient) -> None:
    answer = client.get("/render/overview/error-rate.png?width=300&height=200&scale=2")

    assert answer.mimetype == "image/png"
    assert png_size(answer.get_data()) == (600, 400)


def test_the_same_picture_is_made_once_and_not_sent_twice(client: FlaskClient) -> None:
    address = "/render/overview/error-rate.svg?from=1700000000&to=1700003600"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("error-rate.svg?width=9", "width"),
        ("error-rate.svg?height=99999", "height"),
        ("error-rate.png?scale=nan", "scale"),
        ("error-rate.png?width=3840&height=2160&scale=2", "scale"),
        ("error-rate.svg?theme=pink", "theme"),
        ("error-rate.svg?tz=../../etc/passwd", "tz"),
        ("error-rate.svg?width=wide", "width"),
        ("error-rate.svg?from=now&to=now-1h", "from"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_the_parameter_named(client: FlaskClient, address: str, field: str) -> None:
    answer = client.get(f"/render/overview/{address}")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["field"] == field


@pytest.mark.parametrize("address", ["overview/nothing.svg", "nothing/error-rate.svg", "overview/error-rate.gif"])
def test_what_is_not_there_is_404(client: FlaskClient, address: str) -> None:
    assert client.get(f"/render/{address}").status_code == 404


def test_a_board_is_a_pdf_whose_text_can_be_searched(client: FlaskClient) -> None:
    answer = client.get("/render/overview.pdf?from=now-6h")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.get_data())).pages)

    assert answer.mimetype == "application/pdf"
    assert "System Overview" in text
    assert "Page 1 of" in text
    assert client.get("/render/nothing.pdf").status_code == 404
    assert client.get("/render/overview.pdf?theme=pink").status_code == 400
