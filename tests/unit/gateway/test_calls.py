"""The load asks for what the catalogue says: endpoints by share, sizes about right, mistakes as clients make them."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter

import httpx
import orjson
import pytest

from gateway.calls import MISTAKES, Calls, someone
from gateway.catalog import ENDPOINTS, SESSIONS, USERS
from gateway.database import user_id
from gateway.workflows import WORKFLOWS

COUNT = 4_000


def _template(method: str, path: str) -> tuple[str, str]:
    """The route of a request, the most literal one first."""
    routes = sorted((e for e in ENDPOINTS if e.method == method), key=lambda e: e.route.count("{"))
    for endpoint in routes:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", endpoint.route), path):
            return method, endpoint.route
    raise AssertionError(path)


@pytest.fixture(scope="module")
def requests() -> list[httpx.Request]:
    received: list[httpx.Request] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        received.append(request)
        created = {"id": f"made-{len(received)}"}
        status = {"/v1/files": 201}.get(request.url.path, 202 if request.url.path.endswith("/runs") else 200)
        return httpx.Response(status, json=created)

    async def use() -> None:
        transport = httpx.MockTransport(gateway)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.example") as client:
            calls = Calls([client], random.Random(5))
            for _ in range(COUNT):
                await calls.run()

    asyncio.run(use())
    return received


def test_endpoints_are_asked_by_their_shares(requests: list[httpx.Request]) -> None:
    requested = Counter(_template(request.method, request.url.path) for request in requests)
    for endpoint in ENDPOINTS:
        assert requested[endpoint.method, endpoint.route] / COUNT == pytest.approx(endpoint.share, abs=0.03)


def test_bodies_have_about_the_size_of_the_catalogue(requests: list[httpx.Request]) -> None:
    for endpoint in ENDPOINTS:
        sizes = sorted(
            len(r.content) for r in requests if _template(r.method, r.url.path) == (endpoint.method, endpoint.route)
        )
        if endpoint.request_bytes:
            assert sizes[len(sizes) // 2] == pytest.approx(endpoint.request_bytes, rel=0.35)
        else:
            assert not any(sizes)


def test_some_clients_make_mistakes_and_most_do_not(requests: list[httpx.Request]) -> None:
    chats = [orjson.loads(r.content) for r in requests if r.url.path == "/v1/chat/completions"]
    empty = sum(not body["messages"] for body in chats)
    assert 0 < empty / len(chats) < 0.03


def test_mistakes_are_made_by_their_shares() -> None:
    calls = Calls([httpx.AsyncClient()], random.Random(11))
    for endpoint in ENDPOINTS:
        created = Counter(calls._mistake(endpoint) for _ in range(20_000))
        for status, share in endpoint.statuses:
            assert created[status] / 20_000 == pytest.approx(share if status in MISTAKES else 0, abs=0.004)


def test_only_workflows_that_exist_are_run(requests: list[httpx.Request]) -> None:
    run = {r.url.path.split("/")[3] for r in requests if r.url.path.endswith("/runs")}
    assert run == set(WORKFLOWS)


def test_the_crowd_of_the_hour_is_about_as_large_as_the_catalogue_says() -> None:
    rng = random.Random(2)
    crowd = {someone(rng) for _ in range(5_000)}
    assert 0.3 * USERS < len(crowd) < 2 * USERS
    assert crowd <= {user_id(number) for number in range(SESSIONS)}
