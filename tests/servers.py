"""Real servers for tests: started on free ports of loopback with their data below a folder, ended by process id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.require import absent, needs

ROOT = Path(__file__).resolve().parent.parent
ELASTICSEARCH = ROOT / "deploy" / "elasticsearch" / "elasticsearch"
MISSING = 3  # how that script ends where something that it needs is absent
CONFIG = "global: {scrape_interval: 15s}\n"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(done: Callable[[], bool], seconds: float = 90.0) -> None:
    """Return once `done` is true; fail after that many seconds, which only a failing test ever waits."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether the address answers with 200."""
    try:
        return requests.get(url, timeout=1).status_code == 200
    except requests.RequestException:
        return False


def listens(port: int) -> bool:
    """Whether somebody accepts connections at that port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A process at a port that can be stopped, killed and started again."""

    def __init__(
        self,
        arguments: list[str],
        port: int,
        ready: Callable[[], bool],
        log: Path,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self._arguments, self._ready, self._log = arguments, ready, log
        self._environment, self._cwd = {**os.environ, **(environment or {})}, cwd
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start and wait until it answers; an AssertionError shows the end of its log."""
        with self._log.open("ab") as log:
            process = subprocess.Popen(self._arguments, stdout=log, stderr=log, env=self._environment, cwd=self._cwd)
        self.process = process
        # Patient: a machine that runs other tests at the same time starts a server in half a minute.
        wait_until(lambda: self._ready() or process.poll() is not None, 90)
        if process.poll() is not None:
            raise AssertionError(f"{self._arguments[0]} ended at once:\n{self._log.read_text()[-2_000:]}")
        return self

    def stop(self) -> None:
        """End it and wait."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


class ElasticsearchNode(Server):
    """An Elasticsearch, started and stopped by the project's own script."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__([str(ELASTICSEARCH), "start", str(port), str(folder)], port, lambda: True, folder / "start")
        self._folder = folder

    def start(self) -> Server:
        """Start and wait until it answers; the test is skipped where Java or Maven are absent."""
        done = self._script(self._arguments)
        if done.returncode == MISSING:
            absent(done.stderr.strip())
        assert done.returncode == 0, done.stderr
        return self

    def stop(self) -> None:
        """End it and wait; its data stay."""
        self._script([str(ELASTICSEARCH), "stop", str(self._folder)])

    def _script(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        environment = {**self._environment, "PYTHON": sys.executable}
        return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)


def prometheus(folder: Path, config: str = CONFIG, port: int = 0, more: Sequence[str] = ()) -> Server:
    """A Prometheus with its data below the folder, not started yet."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(config)
    arguments = [
        needs("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=400d",
        "--log.level=warn",
        *more,
    ]
    return Server(arguments, port, lambda: answers(f"http://127.0.0.1:{port}/-/ready"), folder / "log")


def alertmanager(folder: Path, config: Path, port: int = 0, program: str = "") -> Server:
    """An Alertmanager of one node with its data below the folder, not started yet. Without a `program`, Debian's."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [
        program or needs("prometheus-alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    return Server(arguments, port, lambda: answers(f"http://127.0.0.1:{port}/-/ready"), folder / "log")


def redis(folder: Path, port: int = 0) -> Server:
    """A Redis without a disk, not started yet."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [
        needs("redis-server"),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    return Server(arguments, port, lambda: listens(port), folder / "log")


def elasticsearch(folder: Path, port: int = 0) -> Server:
    """A single-node Elasticsearch with its data below the folder, not started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return ElasticsearchNode(folder, port or free_port())


def nginx(folder: Path, config: str, port: int) -> Server:
    """An nginx with this configuration (a whole nginx.conf that listens at `port`), not started yet.

    Temporary files and logs go below the folder; what only matters for a test's process is added to the text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nginx.conf"
    # Started by root, workers would change to a user who may not enter the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    own = config.replace("http {", f"http {{ access_log off; {temporary}", 1)
    path.write_text(f"daemon off; {user} pid {folder}/nginx.pid; error_log {folder}/error.log warn;\n{own}")
    arguments = [needs("nginx"), "-p", str(folder), "-c", str(path), "-e", str(folder / "error.log")]
    return Server(arguments, port, lambda: listens(port), folder / "log")


def chromium() -> str:
    """The path of a Chromium (Debian's, or Google Chrome)."""
    return needs("chromium", "chromium-browser", "google-chrome")


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Started for the block, stopped after it."""
    try:
        yield server.start()
    finally:
        server.stop()


def backfill(folder: Path, openmetrics: str) -> None:
    """Write samples into the data folder of a Prometheus that is not running."""
    source = folder / "history.om"
    folder.mkdir(parents=True, exist_ok=True)
    source.write_text(openmetrics)
    command = [needs("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(source), str(folder / "data")]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:  # seen once on a busy machine; the next report has the reason
        warnings.warn(f"promtool failed and is tried again: {result.stderr}", stacklevel=2)
        result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    source.unlink()
