"""Load on the proxy: chat completions of several keys and models, a third of them streamed.

python -m demo.litellm.load --url http://127.0.0.1:8085 --rate 4
"""

from __future__ import annotations

import argparse
import asyncio
import random
from typing import Final

import httpx

from demo.litellm.configs import CLAUDE, KEYS

# Share of the calls by requested model; `unknown` is no model of the proxy.
SHARES: Final = {
    "gpt-4o": 30,
    "gpt-4o-mini": 30,
    CLAUDE: 15,
    "mistral-large": 10,
    "limited": 6,
    "o3": 5,
    "house-model": 3,
    "unknown": 1,
}
_STREAMED: Final = 1 / 3
_AT_ONCE: Final = 50


async def run(url: str, rate: float, calls: int | None = None) -> None:
    """Send `calls` (or without end) at a mean rate per second, independently of how fast they are answered."""
    dice, pending = random.Random(3), set[asyncio.Task[None]]()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        while calls is None or calls > 0:
            calls = None if calls is None else calls - 1
            await asyncio.sleep(dice.expovariate(rate))
            if len(pending) < _AT_ONCE:
                task = asyncio.create_task(_call(client, dice))
                pending.add(task)
                task.add_done_callback(pending.discard)
        await asyncio.gather(*pending)


async def _call(client: httpx.AsyncClient, dice: random.Random) -> None:
    (model,) = dice.choices(list(SHARES), list(SHARES.values()))
    key, streamed = dice.choice(list(KEYS)), dice.random() < _STREAMED
    body = {"model": model, "stream": streamed, "messages": [{"role": "user", "content": "Summarise the change."}]}
    try:
        async with client.stream(
            "POST", "/v1/chat/completions", json=body, headers={"Authorization": f"Bearer sk-{key}"}
        ) as response:
            async for _ in response.aiter_bytes():
                pass
    except httpx.HTTPError:
        return  # the proxy counts what it answered, and a stopped one answers nothing


def main() -> None:
    """Send load until the process is ended, or `--calls` of them."""
    parser = argparse.ArgumentParser(prog="python -m demo.litellm.load", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--rate", type=float, default=4.0, help="calls per second (%(default)s)")
    parser.add_argument("--calls", type=int)
    chosen = parser.parse_args()
    asyncio.run(run(chosen.url, chosen.rate, chosen.calls))


if __name__ == "__main__":
    main()
