"""The application as a whole, without a browser and without a backend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient

from app.factory import App, create_app
from app.settings import Settings, SettingsError
from pages import BOARDS
from pages.files.board import write

NOWHERE = Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0)


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    instance = create_app(NOWHERE)
    yield instance
    instance.engine.close()


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.server.test_client()


def test_a_second_app_in_one_process_serves_as_well_as_the_first(client: FlaskClient) -> None:
    second = create_app(Settings(prometheus_url="http://127.0.0.1:9", demo=True))

    for http in (client, second.server.test_client()):
        assert http.get("/api/boards").status_code == 200
        assert http.get("/_dash-layout").status_code == 200
    second.engine.close()


def test_the_profile_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[labels]\nendpoint = "route"\n')
    settings = Settings(prometheus_url="http://127.0.0.1:9", profile=str(path))
    assert [definition.name for definition in settings.profiles] == ["mine"]
    path.unlink()

    instance = create_app(settings)
    assert instance.boards.profiles.current().profile.name == "mine"
    instance.engine.close()


def test_a_profile_that_cannot_be_read_names_the_setting() -> None:
    with pytest.raises(SettingsError, match="CODEAGENT_PROFILE=nothing cannot be used"):
        create_app(Settings(prometheus_url="http://127.0.0.1:9", profile="nothing"))


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with a board of a file, which also replaces a board."""
    folder = tmp_path_factory.mktemp("boards")
    mine = replace(BOARDS["websocket"], id="mine", title="Mine <b>", filters=("pod", "job"))
    for board in (mine, replace(BOARDS["overview"], title="Ours")):
        (folder / f"{board.id}.toml").write_text(write(board))
    instance = create_app(NOWHERE.model_copy(update={"boards_dir": folder}))
    yield instance
    instance.engine.close()


def test_a_board_of_a_file_is_served_like_one_that_is_built_in(filed: App) -> None:
    client = filed.server.test_client()
    page = client.get("/mine").get_data(as_text=True)

    assert "Mine &lt;b&gt;" in page
    assert "Mine <b>" not in page
    assert '"mine": {"filters": ["pod", "job"]' in page
    assert ">More<" in page
    assert client.get("/api/boards/mine/refresh").status_code == 200
    assert client.get("/embed/mine/active").status_code == 200
    assert client.get("/boards").status_code == 200
    assert "Ours</h1>" in client.get("/overview").get_data(as_text=True)


def test_a_board_is_a_document_without_dash_and_a_page_of_dash_is_not(filed: App) -> None:
    client = filed.server.test_client()

    for path in ("/overview", "/kiosk?boards=mine", "/embed/mine/active", "/mine", "/kiosk?boards=nothing"):
        assert "_dash-" not in client.get(path).get_data(as_text=True), path
    for path in ("/about", "/boards"):
        assert "_dash-" in client.get(path).get_data(as_text=True), path
    assert "<title>Mine &lt;b&gt; · CodeAgent</title>" in client.get("/mine").get_data(as_text=True)
    assert "No such board" in client.get("/kiosk?boards=nothing").get_data(as_text=True)


def test_the_root_leads_to_the_overview_and_keeps_the_query(client: FlaskClient) -> None:
    answer = client.get("/?from=now-6h")

    assert (302, "/overview?from=now-6h") == (answer.status_code, answer.headers["Location"])


@pytest.mark.parametrize(
    "path", ["/nowhere", "/overview/x", "/embed/nowhere", "/embed/overview/nowhere", "/health/lief"]
)
def test_addresses_that_do_not_exist_are_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_documents_carry_a_strict_policy_without_inline_or_evaluated_scripts(client: FlaskClient) -> None:
    policy = client.get("/overview").headers["Content-Security-Policy"]
    scripts = re.search(r"script-src ([^;]+)", policy)

    assert scripts is not None
    assert "unsafe" not in scripts[1]
    assert "'none'" in policy.split("frame-ancestors")[1]


def test_static_files_are_immutable_and_compressed(client: FlaskClient) -> None:
    page = client.get("/overview").get_data(as_text=True)
    script = re.search(r'src="(/static/app\.[0-9a-f]{16}\.js)"', page)
    assert script is not None

    answer = client.get(script[1], headers={"Accept-Encoding": "br"})
    assert "immutable" in answer.headers["Cache-Control"]
    assert b"codeagent" in brotli.decompress(answer.get_data())


def test_bad_input_names_its_field(client: FlaskClient) -> None:
    answer = client.get("/api/boards/overview/refresh?from=yesterday")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["field"] == "from"


def test_unknown_boards_panels_and_filters_are_404_with_what_is_known(client: FlaskClient) -> None:
    for path in (
        "nothing/refresh",
        "overview/refresh?panels=nothing",
        "overview/filters/provider",
        "overview/panels/x.csv",
    ):
        answer = client.get(f"/api/boards/{path}")
        assert answer.status_code == 404
        assert answer.get_json()["error"]["sentence"]


def test_a_dead_source_fails_panels_and_readiness_but_not_the_app(client: FlaskClient) -> None:
    board = client.get("/api/boards/overview/refresh").get_json()

    assert {"failed"} == {panel["state"] for panel in board["panels"]}
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503


def test_the_app_measures_its_query_layer(client: FlaskClient) -> None:
    assert "dashboards_answers_total" in client.get("/metrics").get_data(as_text=True)
