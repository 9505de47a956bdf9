"""Builds a wheel from a copy of the checkout and installs it where only its own dependencies can be imported.

Nothing is fetched: the dependencies are those of the environment that runs the tests, linked file by file, so that a
package which the wheel does not ask for is as absent as in an empty environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.servers import ROOT

_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "*.egg-info", "screenshots")
_OF_BUILDS = {ROOT: {"build", "dist"}, ROOT / "telemetry": {"build"}}  # assets/dist is part of the checkout
COMMIT_TIME = "1700000000"


def copy_checkout(folder: Path) -> Path:
    """A copy of the checkout, tests and benchmarks included, without what builds and tools leave behind."""

    def left_out(path: str, names: list[str]) -> set[str]:
        return _LEFT_OUT(path, names) | _OF_BUILDS.get(Path(path), set())

    copied: Path = shutil.copytree(ROOT, folder / "checkout", ignore=left_out)
    return copied


def build(checkout: Path, out: Path) -> Path:
    """The wheel of a checkout, built by way of its source distribution as `make wheel` does."""
    command = [sys.executable, "-m", "uv", "build", "--quiet", "--offline", "--no-build-isolation"]
    command += ["--python", sys.executable, "--out-dir", str(out)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": COMMIT_TIME}
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = out.glob("*.whl")
    return wheel


class Environment:
    """A virtual environment with one installed wheel and its dependencies, and nothing of the checkout."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        (self.site,) = (folder / "lib").glob("python*/site-packages")
        install = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet", "--no-index"]
        subprocess.run([*install, "--no-deps", "--no-compile", str(wheel)], check=True)
        (metadata,) = self.site.glob("*.dist-info")
        for dependency in _dependencies(Distribution.at(metadata).requires or []):
            _link(dependency, self.site)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of whoever runs something in it: none leads back to the checkout."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CODEAGENT_"))}
        return {**inherited, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(
        self, *arguments: str | Path, cwd: Path, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Its interpreter with these arguments, to the end."""
        command = [str(self.python), *map(str, arguments)]
        environment = self.variables if variables is None else variables
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def _dependencies(requirements: Sequence[str]) -> Iterator[Distribution]:
    """What these requirements need and what that needs, each once; a requirement that is not installed fails."""
    waiting, visited = [Requirement(text) for text in requirements], set[tuple[str, frozenset[str]]]()
    while waiting:
        requirement = waiting.pop()
        key = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if key in visited or not _applies(requirement, ("",)):
            continue
        installed = distribution(requirement.name)
        if key[0] not in {name for name, _ in visited}:
            yield installed
        visited.add(key)
        needed = map(Requirement, installed.requires or [])
        waiting += [_plain(need) for need in needed if _applies(need, ("", *requirement.extras))]


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras)


def _plain(requirement: Requirement) -> Requirement:
    """The same without its marker, which was true."""
    requirement.marker = None
    return requirement


def _link(dependency: Distribution, site: Path) -> None:
    for file in dependency.files or []:
        if ".." in file.parts or "__pycache__" in file.parts:
            continue  # programs, which nothing here calls
        target = site / str(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.symlink_to(Path(str(dependency.locate_file(file))))
