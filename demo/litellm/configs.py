"""The configuration of the proxy: deployments, fallbacks, limits, and keys with teams and budgets.

LiteLLM's virtual keys need a database and Prisma's engine, which is downloaded from its maker's server. A custom
authentication, which needs neither, gives requests the same keys, teams, users and budgets.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from demo.ports import Ports

# Key: team and user. What the load sends is `Bearer sk-KEY`.
KEYS: Final = {
    "ci": ("platform", "build"),
    "review-bot": ("platform", "review"),
    "search-api": ("search", "ranking"),
    "search-batch": ("search", "nightly"),
    "support-chat": ("support", "desk"),
}
# US dollars per week.
TEAM_BUDGETS: Final = {"platform": 20.0, "search": 10.0, "support": 2.0}
KEY_BUDGET: Final = 10.0
# The name that callers use, LiteLLM's name of the deployment, and requests per minute that it may take.
MODELS: Final = (
    ("gpt-4o", "openai/gpt-4o", 600),
    ("gpt-4o-mini", "openai/gpt-4o-mini", 1_200),
    ("o3", "openai/o3", 120),
    ("mistral-large", "mistral/mistral-large-latest", 300),
    ("limited", "openai/gpt-4.1-mini", 60),
    ("house-model", "openai/acme-house-7b", 300),
)
CLAUDE: Final = "claude-sonnet"

_AUTHENTICATION: Final = '''\
"""Keys, teams, users and budgets of the demo, without a database. Called by the proxy for every request."""

from datetime import datetime, timedelta, timezone

from litellm.proxy._types import ProxyException, UserAPIKeyAuth

KEYS = {keys!r}
TEAM_BUDGETS = {teams!r}


def next_monday():
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 - today.weekday())


async def authenticate(request, api_key):
    alias = api_key.removeprefix("sk-")
    if alias not in KEYS:
        raise ProxyException(message="unknown key", type="auth_error", param="api_key", code=401)
    team, user = KEYS[alias]
    return UserAPIKeyAuth(
        api_key=api_key, key_alias=alias, user_id=user, team_id="team-" + team, team_alias=team,
        max_budget={key_budget}, team_max_budget=TEAM_BUDGETS[team], budget_reset_at=next_monday(),
        budget_duration="7d",
    )
'''


def write(folder: Path, ports: Ports) -> Path:
    """Write the proxy's files into the folder; returns its configuration, which JSON is valid YAML for."""
    folder.mkdir(parents=True, exist_ok=True)
    auth = _AUTHENTICATION.format(keys=KEYS, teams=TEAM_BUDGETS, key_budget=KEY_BUDGET)
    (folder / "demo_authentication.py").write_text(auth)
    path = folder / "config.yaml"
    path.write_text(json.dumps(_config(ports), indent=1))
    return path


def _config(ports: Ports) -> dict[str, Any]:
    base = f"{ports.url('providers')}/v1"
    deployments = [_deployment(name, model, rpm, api_base=base) for name, model, rpm in MODELS]
    answer = "A mocked answer of a model that the demo has no provider for."
    deployments.append(_deployment(CLAUDE, "anthropic/claude-sonnet-4-5", 300, mock_response=answer))
    return {
        "model_list": deployments,
        "litellm_settings": {
            "callbacks": ["prometheus"],
            "require_auth_for_metrics_endpoint": False,
            "num_retries": 0,
            "request_timeout": 20,
        },
        "router_settings": {
            "fallbacks": [{"limited": ["gpt-4o-mini"]}, {"o3": ["gpt-4o"]}],
            "allowed_fails": 5,
            "cooldown_time": 20,
        },
        "general_settings": {"custom_auth": "demo_authentication.authenticate"},
    }


def _deployment(name: str, model: str, rpm: int, **parameters: str) -> dict[str, Any]:
    limits = {"rpm": rpm, "tpm": rpm * 1_000}
    return {"model_name": name, "litellm_params": {"model": model, "api_key": "none", **limits, **parameters}}
