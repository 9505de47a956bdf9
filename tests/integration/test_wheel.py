"""The wheel, installed into an environment of its own: it serves, and it runs the demo, from any folder."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from demo.ports import Ports
from tests.demo_kit import Demo, started
from tests.servers import ROOT, Server, answers, free_port, prometheus, running
from tests.wheel_kit import Environment, build, copy_checkout

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(300)]

PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("tests", "bench"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return build(copy_checkout(folder), folder / "dist")


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("environment") / "venv", wheel)


@pytest.fixture
def anywhere(tmp_path: Path) -> Path:
    """A folder of a user, who has modules of our names in it."""
    folder = tmp_path / "of a user"
    for name in (*PACKAGES, "assets"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"raise ImportError('the {name} of the current folder')\n")
    (folder / "gunicorn.conf.py").write_text("raise ImportError('the configuration of the current folder')\n")
    return folder


def test_the_same_commit_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    umask = os.umask(0o077)
    try:
        checkout = copy_checkout(tmp_path)
    finally:
        os.umask(umask)
    for path in checkout.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))

    assert build(checkout, tmp_path / "dist").read_bytes() == wheel.read_bytes()


def test_it_holds_every_package_with_its_types_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.partition("/")[0] for name in names}

    assert folders == {*PACKAGES, "alerts", "assets", next(name for name in folders if name.endswith(".dist-info"))}
    assert [package for package in PACKAGES if f"{package}/py.typed" not in names] == []
    assert [name for name in names if re.search(r"(^|/)(tests?|bench|node_modules)/|test_|\.test\.", name)] == []


def test_every_file_that_is_no_code_is_in_it(wheel: Path) -> None:
    """A new kind of file has to be listed in pyproject.toml, or the checkout has what the wheel lacks."""
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False)
    files = listed.stdout.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.glob("*/**/*.py")]

    of_the_checkout = (".md", ".sh", "telemetry/pyproject.toml", "telemetry/LICENSE")
    assert {name for name in files if not name.endswith(of_the_checkout)} - names == set()
    assert "telemetry/pyproject.toml" not in names


def test_nothing_of_the_checkout_can_be_imported(environment: Environment, anywhere: Path) -> None:
    program = "import sys, app, queries; print(app.__file__, queries.__file__, *sys.path)"
    done = environment.run("-P", "-c", program, cwd=anywhere)

    assert done.returncode == 0, done.stderr
    assert str(ROOT) not in done.stdout
    assert done.stdout.startswith(str(environment.site))
    assert environment.run("-P", "-c", "import pytest", cwd=anywhere).returncode == 1


@pytest.fixture
def served(environment: Environment, anywhere: Path, tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    command = ["codeagent-dashboards", "serve", "--port", str(port)]
    with running(prometheus(tmp_path / "prometheus")) as backend:
        url = f"http://127.0.0.1:{port}/health/live"
        server = Server(
            [str(environment.folder / "bin" / command[0]), *command[1:], "--prometheus", backend.url],
            port,
            lambda: answers(url),
            tmp_path / "log",
            cwd=anywhere,
            environment=environment.variables,
        )
        with running(server):
            yield server


def test_it_serves_a_board_with_its_styles_and_scripts(served: Server) -> None:
    page = requests.get(f"{served.url}/overview", timeout=30)
    assert page.status_code == 200
    addresses = re.findall(r'"(/static/[^"]+)"', page.text)

    assert {address.rpartition(".")[2] for address in addresses} >= {"css", "js"}
    for address in addresses:
        asset = requests.get(served.url + address, timeout=30)
        assert asset.status_code == 200, address
        assert len(asset.content) > 200, address
    for path in ("/health/live", "/health/ready", "/metrics", "/_dash-layout", "/logs", "/traces"):
        assert requests.get(served.url + path, timeout=30).status_code == 200, path


def test_a_port_and_workers_of_the_environment_are_used(environment: Environment, anywhere: Path) -> None:
    variables = {**environment.variables, "CODEAGENT_WORKERS": "none"}
    command = [str(environment.folder / "bin" / "codeagent-dashboards"), "serve"]
    done = subprocess.run(command, cwd=anywhere, env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "CODEAGENT_WORKERS" in done.stderr


def test_the_demo_shows_data_and_keeps_them_in_a_folder_of_the_user(
    environment: Environment, anywhere: Path, tmp_path: Path
) -> None:
    before = _files(environment.site)
    home = tmp_path / "home"
    variables = {**environment.variables, "HOME": str(home), "XDG_DATA_HOME": ""}
    program = (str(environment.folder / "bin" / "codeagent-dashboards"), "demo")

    with started(tmp_path, program=program, data=None, cwd=anywhere, variables=variables) as demo:
        board = f"{demo.ports.url('app')}/api/boards/overview/panels"
        answer = requests.get(f"{board}/request-rate.json?from=now-6h", timeout=30)
        assert answer.status_code == 200, answer.text
        assert len(re.findall(r"\d+\.\d+", answer.text)) > 100
        assert "demo" in requests.get(f"{demo.ports.url('app')}/overview", timeout=30).text.lower()
        assert demo.query("ALERTS or vector(0)")
        assert demo.end(signal.SIGINT) == 0
        assert demo.listening() == []

    data = home / ".local" / "share" / "codeagent-dashboards" / "demo"
    assert f"Data and logs of the processes: {data}" in demo.output()
    assert (data / "prometheus").is_dir()
    assert _files(environment.site) == before
    assert sorted(path.name for path in anywhere.iterdir()) == sorted([*PACKAGES, "assets", "gunicorn.conf.py"])


def test_missing_programs_are_all_named_at_once(environment: Environment, tmp_path: Path) -> None:
    ports = Ports(**{field.name: free_port() for field in dataclasses.fields(Ports)})
    demo = Demo(
        tmp_path,
        ports,
        program=(str(environment.python), "-P", "-m", "demo"),
        cwd=tmp_path,
        variables={**environment.variables, "PATH": str(tmp_path)},
    )
    done = demo.run()

    assert done.returncode == 1
    assert "prometheus, promtool" in done.stderr
    assert "apt-get install" in done.stderr
    assert "make" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def _files(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*") if "__pycache__" not in path.parts}
