"""What the clients ask for: each endpoint by its share, with sizes, repeats and mistakes as the catalogue says."""

from __future__ import annotations

import random
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import httpx
import orjson
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from gateway.catalog import ENDPOINTS, SESSIONS, USERS, Endpoint, traffic_level
from gateway.database import api_key, user_id
from gateway.workflows import WORKFLOWS

POPULAR = 40  # questions that many ask
REPEATED = {"/v1/chat/completions": 0.24, "/v1/embeddings": 0.57}  # shares of questions among the popular ones
SIZE_SIGMA = 0.8
TEXT = "Why is this request slower than the one before, and which part of it takes the time? "
# Mistakes that clients make; the other statuses come from the gateway and its providers.
MISTAKES = {"400", "401", "404", "413"}
UNKNOWN = "unknown-0000"
TRACER = "CodeAgent.Load"


def someone(rng: random.Random) -> str:
    """A user of the hour: a crowd as large as the traffic, whose members change over the day."""
    crowd = max(1, round(0.9 * USERS * traffic_level(time.time())))
    return user_id((int(time.time() / 20) + rng.randrange(crowd)) % SESSIONS)


class Calls:
    """Makes one request after the other, to any of the instances; remembers which runs and files there are."""

    def __init__(self, clients: Sequence[httpx.AsyncClient], rng: random.Random) -> None:
        self._clients, self._rng = clients, rng
        self._runs: deque[str] = deque(maxlen=50)
        self._files: deque[str] = deque(maxlen=50)
        self._makers: dict[tuple[str, str], Callable[[Endpoint, str], Awaitable[None]]] = {
            ("POST", "/v1/chat/completions"): self._chat,
            ("POST", "/v1/embeddings"): self._embed,
            ("GET", "/v1/models"): self._models,
            ("POST", "/v1/workflows/{workflow_id}/runs"): self._start_run,
            ("GET", "/v1/workflows/runs/{run_id}"): self._show_run,
            ("POST", "/v1/files"): self._upload,
            ("GET", "/v1/files/{file_id}"): self._download,
            ("GET", "/v1/users/{user_id}"): self._show_user,
        }

    async def run(self) -> None:
        """One request of the mix; httpx.HTTPError when no answer came."""
        endpoint = self._rng.choices(ENDPOINTS, [e.share for e in ENDPOINTS])[0]
        with trace.get_tracer(TRACER).start_as_current_span(
            f"{endpoint.method} {endpoint.route}", kind=SpanKind.CLIENT, attributes={"http.route": endpoint.route}
        ):
            await self._makers[endpoint.method, endpoint.route](endpoint, self._mistake(endpoint))

    def _mistake(self, endpoint: Endpoint) -> str:
        """The status that the client provokes, empty for none."""
        draw = self._rng.random()
        for status, share in endpoint.statuses:
            if status in MISTAKES:
                draw -= share
                if draw < 0:
                    return status
        return ""

    async def _chat(self, endpoint: Endpoint, mistake: str) -> None:
        content = self._text(endpoint)
        body = {"messages": [] if mistake == "400" else [{"role": "user", "content": content}]}
        if content.startswith("Popular"):
            body["model"] = "gpt-4o-mini"  # type: ignore[assignment]  # an answer is cached for one model
        await self._post(endpoint.route, body)

    async def _embed(self, endpoint: Endpoint, mistake: str) -> None:
        await self._post(endpoint.route, {} if mistake == "400" else {"input": self._text(endpoint)})

    async def _models(self, endpoint: Endpoint, _: str) -> None:
        await self._get(endpoint.route)

    async def _start_run(self, endpoint: Endpoint, mistake: str) -> None:
        workflow = self._rng.choice(list(WORKFLOWS))
        body = {} if mistake == "400" else {"input": self._text(endpoint)}
        answer = await self._post(endpoint.route.format(workflow_id=workflow), body)
        if answer.status_code == 202 and (run_id := answer.json().get("id")):
            self._runs.append(run_id)

    async def _show_run(self, endpoint: Endpoint, mistake: str) -> None:
        await self._get(endpoint.route.format(run_id=self._known(self._runs, mistake)))

    async def _upload(self, endpoint: Endpoint, mistake: str) -> None:
        size = 1_100_000 if mistake == "413" else min(950_000, self._size(endpoint.request_bytes))
        answer = await self._send("POST", endpoint.route, self._headers(), bytes(size))
        if answer.status_code == 201:
            self._files.append(answer.json()["id"])

    async def _download(self, endpoint: Endpoint, mistake: str) -> None:
        await self._get(endpoint.route.format(file_id=self._known(self._files, mistake)))

    async def _show_user(self, endpoint: Endpoint, mistake: str) -> None:
        headers = {"authorization": "Bearer nobody"} if mistake == "401" else self._headers()
        user = UNKNOWN if mistake == "404" else someone(self._rng)
        await self._send("GET", endpoint.route.format(user_id=user), headers)

    async def _get(self, path: str) -> httpx.Response:
        return await self._send("GET", path, self._headers())

    async def _post(self, path: str, body: object) -> httpx.Response:
        headers = {**self._headers(), "content-type": "application/json"}
        return await self._send("POST", path, headers, orjson.dumps(body))

    async def _send(self, method: str, path: str, headers: dict[str, str], content: bytes = b"") -> httpx.Response:
        answer = await self._rng.choice(self._clients).request(method, path, content=content, headers=headers)
        span = trace.get_current_span()
        span.set_attribute("http.response.status_code", answer.status_code)
        if answer.status_code >= 500:
            span.set_status(Status(StatusCode.ERROR))
        return answer

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {api_key(someone(self._rng))}"}

    def _known(self, ids: deque[str], mistake: str) -> str:
        return self._rng.choice(ids) if ids and not mistake else UNKNOWN

    def _text(self, endpoint: Endpoint) -> str:
        """A question of about the endpoint's usual size, popular or asked only once."""
        popular = self._rng.random() < REPEATED.get(endpoint.route, 0)
        start = f"Popular question {self._rng.randrange(POPULAR)}. " if popular else f"{uuid.uuid4().hex}. "
        size = round(endpoint.request_bytes) if popular else self._size(endpoint.request_bytes)
        return (start + TEXT * (size // len(TEXT) + 1))[: max(size - 60, 40)]

    def _size(self, median: float) -> int:
        return round(median * self._rng.lognormvariate(0, SIZE_SIGMA))
