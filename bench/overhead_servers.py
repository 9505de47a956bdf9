"""The processes that `bench.overhead` compares: gateways and providers whose own work always takes the same time."""

from __future__ import annotations

import dataclasses
import math
import random
import sys
from pathlib import Path

from gateway import application, parts, providers
from gateway.serve import run
from gateway.settings import Settings
from telemetry.configuration import configure
from telemetry.settings import Settings as TelemetrySettings

BARE = "off"


class Steady(random.Random):
    """Draws every latency at its median and never has bad luck, so that variants differ in telemetry alone."""

    def gauss(self, mu: float = 0.0, _sigma: float = 1.0) -> float:
        """The mean."""
        return mu

    def lognormvariate(self, mu: float = 0.0, _sigma: float = 1.0) -> float:
        """The median."""
        return math.exp(mu)

    def random(self) -> float:
        """Beyond every share of failures."""
        return 0.999999


def gateway(variant: str, port: int, providers_url: str, redis_url: str, folder: Path) -> None:
    """Serve a gateway; `off` is without the middleware too, the others take their switches from the environment."""
    folder.mkdir(parents=True, exist_ok=True)
    configured = TelemetrySettings.load(log_folder=folder / "logs", trace_folder=folder / "traces")
    telemetry = configure(configured)
    settings = Settings(folder, port=port, providers_url=providers_url, redis_url=redis_url)
    built = parts.build(settings, telemetry.metrics)
    steady = Steady()
    built.runner._rng = steady
    app = application.create_app(dataclasses.replace(built, rng=steady))
    run(app.app if variant == BARE else app, "127.0.0.1", port)


def main(arguments: list[str]) -> None:
    """`providers PORT`, or `gateway VARIANT PORT PROVIDERS REDIS FOLDER`."""
    if arguments[0] == "providers":
        run(providers.create_app(providers.House(rng=Steady())), "127.0.0.1", int(arguments[1]))
        return
    _, variant, port, providers_url, redis_url, folder = arguments
    gateway(variant, int(port), providers_url, redis_url, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
