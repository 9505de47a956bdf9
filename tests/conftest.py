"""The order of the tests: unit, integration, browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow at drawing examples; that says nothing about the code.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent
KINDS = ("unit", "integration", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests first. Browser tests last: Playwright keeps an event loop running in this thread until the end."""
    items.sort(key=_kind)


def _kind(item: pytest.Item) -> int:
    parts = item.path.relative_to(ROOT).parts if item.path.is_relative_to(ROOT) else ()
    return KINDS.index(parts[0]) if parts and parts[0] in KINDS else 0
