"""The demo's own ports on 127.0.0.1, apart from the defaults of the programs it starts.

Each can be moved by an environment variable: `DEMO_PORT_APP=8051 make demo`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from demo import environment

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """One port for each process."""

    app: int = 8050
    gateway: int = 8085
    providers: int = 8086
    gateway2: int = 8087
    prometheus: int = 9390
    alertmanager: int = 9393
    redis: int = 6390
    node: int = 9310
    process: int = 9356
    redis_exporter: int = 9321

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Ports:
        """Read DEMO_PORT_* of the environment or of a mapping; raises ValueError naming the variable."""
        environ = environment.current() if environ is None else environ
        chosen = {}
        for field in dataclasses.fields(cls):
            name = f"DEMO_PORT_{field.name.upper()}"
            if name in environ:
                chosen[field.name] = _port(name, environ[name])
        return cls(**chosen)

    def target(self, name: str) -> str:
        """`host:port` of a process, as Prometheus' instance label has it."""
        return f"{HOST}:{getattr(self, name)}"

    def url(self, name: str) -> str:
        """The http address of a process."""
        return f"http://{self.target(name)}"


def _port(name: str, text: str) -> int:
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise ValueError(f"{name}={text} is not a valid port; choose a number from 1024 to 65535.")
    return int(text)
