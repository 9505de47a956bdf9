"""The set-up script on machines that lack something: one sentence each, and nothing done twice.

It runs on a PATH of stand-ins, so that nothing of this machine is installed or changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ("bash", "dirname", "cat", "sort", "sha256sum", "cut", "rm", "chmod", "env", "printf")
PROGRAMS = (
    "prometheus",
    "promtool",
    "alertmanager",
    "node_exporter",
    "process-exporter",
    "redis_exporter",
    "redis-server",
)
WRITES_DOWN = '#!/bin/sh\necho "$(basename "$0") $*" >>"$CALLS"\n'


@dataclass
class Machine:
    """A project in a folder, and the programs that its set-up can see."""

    folder: Path

    @property
    def calls(self) -> list[str]:
        """What stand-ins were called with."""
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def has(self, *names: str, script: str = WRITES_DOWN) -> None:
        for name in names:
            path = self.folder / "bin" / name
            path.unlink(missing_ok=True)
            path.write_text(script)
            path.chmod(0o755)

    def set_up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.folder / "bin"), "CALLS": str(self.folder / "calls")}
        command = [str(self.folder / "bin" / "bash"), str(self.folder / "demo" / "setup.sh"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A user who is not root, with Python and an environment, without any server, apt-get or sudo."""
    for folder in ("bin", "demo", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "demo" / "setup.sh", tmp_path / "demo")
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    for tool in (*TOOLS, "basename"):
        result = shutil.which(tool)
        assert result
        (tmp_path / "bin" / tool).symlink_to(os.path.realpath(result))
    created = Machine(tmp_path)
    created.has("id", script="#!/bin/sh\necho 1000\n")
    created.has("python3", script="#!/bin/sh\nexit 0\n")
    shutil.copy(tmp_path / "bin" / "python3", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / ".venv" / "bin" / "python").write_text(WRITES_DOWN)
    return created


def test_another_system_is_told_what_to_install(machine: Machine) -> None:
    done = machine.set_up()

    assert done.returncode == 1
    assert done.stderr == (
        "setup: this is no Debian or Ubuntu; install by hand: prometheus prometheus-alertmanager "
        "prometheus-node-exporter prometheus-process-exporter prometheus-redis-exporter redis-server, then try again.\n"
    )


def test_without_sudo_the_command_for_somebody_else_is_given(machine: Machine) -> None:
    machine.has(*PROGRAMS[:-1])
    machine.has("apt-get")

    done = machine.set_up()

    assert done.returncode == 1
    assert done.stderr == "setup: neither root nor sudo; ask somebody who may to run: apt-get install redis-server\n"
    assert machine.calls == []


def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    machine.has(*PROGRAMS[:-1])
    machine.has("apt-get", "sudo")

    done = machine.set_up()

    assert done.returncode == 0, done.stderr
    installs = [call for call in machine.calls if "apt-get install" in call]
    assert len(installs) == 1
    assert installs[0].split()[-1] == "redis-server"
    assert "--no-install-recommends" in installs[0]


def test_a_package_that_cannot_be_had_is_named(machine: Machine) -> None:
    machine.has(*PROGRAMS[:-1])
    machine.has("apt-get")
    machine.has("sudo", script='#!/bin/sh\ncase "$*" in *install*) exit 100;; esac\n')

    done = machine.set_up()

    assert done.returncode == 1
    assert "setup: apt-get could not install: redis-server" in done.stderr


def test_an_old_python_is_said_to_be_old(machine: Machine) -> None:
    machine.has(*PROGRAMS)
    machine.has("python3", script="#!/bin/sh\nexit 1\n")
    shutil.rmtree(machine.folder / ".venv" / "bin")

    machine.has("apt-get", "sudo")
    done = machine.set_up()

    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_python_packages_come_by_their_hashes_and_only_once(machine: Machine) -> None:
    machine.has(*PROGRAMS)

    assert machine.set_up().returncode == 0
    first = machine.calls
    assert any("pip install" in call and "--no-deps --require-hashes -r requirements.lock" in call for call in first)
    assert any("pip install" in call and "--no-deps -e ." in call for call in first)

    again = machine.set_up()
    assert machine.calls == first
    assert again.stdout == "setup: everything is installed\n"

    (machine.folder / "requirements.lock").write_text("changed")
    machine.set_up()
    assert len(machine.calls) == 2 * len(first)
