"""What a caller tells the gateway in confidence is in none of its files: keys, prompts, addresses, odd headers."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from gateway.database import api_key, user_id
from tests.gateway_kit import AUTHORISED, world
from tests.servers import wait_until

pytestmark = pytest.mark.integration

PROMPT = "my diary of the third of May"
QUERY = "hunter2-in-the-address"
EMAIL = "ada.lovelace@example.com"
CARD = "4111 1111 1111 1111"


def test_keys_prompts_and_addresses_reach_no_file(tmp_path: Path) -> None:
    with world(tmp_path, {"OTEL_LOG_LEVEL": "DEBUG"}) as running:
        with httpx.Client(base_url=running.url, headers=AUTHORISED, timeout=60) as client:
            chat = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": f"{PROMPT} {EMAIL} {CARD}"}]}
            client.post("/v1/chat/completions", json=chat).raise_for_status()
            client.post("/v1/workflows/summarise/runs", json={"input": f"{PROMPT} {EMAIL}"}).raise_for_status()
            client.get(f"/v1/models?api_key={QUERY}", headers={"user-agent": f"mailer/1.0 ({EMAIL})"})
            client.get(f"/v1/users/{EMAIL}", headers={"x-correlation-id": "seen"})
            client.post("/v1/chat/completions", content=f'{{"password": "{QUERY}"')
        wait_until(lambda: bool(running.log_lines("seen")))
        time.sleep(1.5)  # the spans' batch
    written = "".join(path.read_text() for path in (tmp_path / "data").rglob("*.json*"))

    assert "/v1/chat/completions" in written
    assert "ExecuteWorkflow" in written
    for secret in (PROMPT, QUERY, EMAIL, CARD, api_key(user_id(7))):
        assert secret not in written, secret
