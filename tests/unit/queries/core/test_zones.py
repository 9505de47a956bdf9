"""Zones by name: known ones are given, everything else is None."""

from __future__ import annotations

import pytest

from queries.core.zones import zone_of


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_a_known_zone_has_its_name(name: str) -> None:
    zone = zone_of(name)

    assert zone is not None
    assert zone.key == name


@pytest.mark.parametrize("name", ["", "Europe", "Europe/Atlantis", "../etc/passwd", "/etc/localtime", "a\0b"])
def test_anything_else_is_no_zone(name: str) -> None:
    assert zone_of(name) is None
