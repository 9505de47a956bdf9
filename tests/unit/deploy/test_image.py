"""The image and the locks: what is copied exists, and nothing unlocked gets in."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS: dict[str, tuple[str, ...]] = {"requirements.lock": ("dev",), "deploy/requirements.lock": ()}


def pinned(lock: str) -> set[tuple[str, str]]:
    """(name, version) of every package in a lock."""
    return set(re.findall(r"^([a-z0-9_.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def copied() -> list[str]:
    """What the Dockerfile takes from the repository."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    words = [word for line in lines for word in line.split()[:-1]]
    return [word.rstrip("/") for word in words if not word.startswith("--")]


@pytest.mark.parametrize("path", copied())
def test_what_the_image_copies_exists_and_is_sent_to_the_builder(path: str) -> None:
    sent = (ROOT / ".dockerignore").read_text().splitlines()

    assert (ROOT / path).exists()
    assert f"!{path}" in sent


def test_the_image_has_every_package_that_runs_in_production() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {pattern.removesuffix("*").partition(".")[0] for pattern in setuptools["packages"]["find"]["include"]}

    assert packages - set(copied()) <= {"demo", "alerts"}


def test_the_image_runs_as_nobody_special_and_watches_its_health() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER 10001(:10001)?$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "/health/live" in final


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_dependency_of_the_project(lock: str) -> None:
    expected = [*PROJECT["dependencies"]]
    for extra in LOCKS[lock]:
        expected += PROJECT["optional-dependencies"][extra]
    versions = dict(pinned(lock))

    for requirement in map(Requirement, expected):
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is not locked; run make lock"
        assert requirement.specifier.contains(versions[name], prereleases=True), f"{name} moved; run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_hash_for_every_package_and_names_no_server(lock: str) -> None:
    text = (ROOT / lock).read_text()

    for entry in re.split(r"\n(?=[a-z])", text.partition("\n#")[2])[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "://" not in text


def test_images_run_the_versions_that_are_tested() -> None:
    assert pinned("deploy/requirements.lock") < pinned("requirements.lock")
