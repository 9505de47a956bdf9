"""Who may switch faults, and what is answered to a wrong wish."""

from __future__ import annotations

from starlette.applications import Starlette

from gateway.faults import Switches
from gateway.switchboard import PATH, switch_routes
from tests.asgi_kit import Caller


def _client(host: str, anyone: bool = False) -> Caller:
    return Caller(Starlette(routes=[*switch_routes(Switches(), anyone=anyone)]), host)


def test_the_own_machine_switches_on_and_off() -> None:
    for host in ("127.0.0.1", "::1"):
        client = _client(host)
        assert client.post(PATH, json={"name": "spike", "seconds": 60}).json()["parameters"] == {"factor": 6.0}
        assert [fault["name"] for fault in client.get(PATH).json()] == ["spike"]
        assert client.delete(f"{PATH}/spike").status_code == 204
        assert client.get(PATH).json() == []


def test_another_machine_may_look_but_not_switch() -> None:
    client = _client("192.0.2.7")
    assert client.post(PATH, json={"name": "spike", "seconds": 60}).status_code == 403
    assert client.delete(f"{PATH}/spike").status_code == 403
    assert client.get(PATH).json() == []
    assert _client("192.0.2.7", anyone=True).post(PATH, json={"name": "spike", "seconds": 60}).status_code == 200


def test_a_wrong_wish_is_answered_with_what_is_wrong() -> None:
    client = _client("127.0.0.1")
    for body in ("no json", "[]", "{}", '{"name": "nothing", "seconds": 1}', '{"name": "errors", "seconds": "soon"}'):
        answer = client.post(PATH, content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]
