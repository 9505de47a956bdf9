"""`python -m gateway serve|providers|load|incident|faults`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

import httpx

from gateway import incident
from gateway.settings import Settings, database_of_environment

GATEWAY = "http://127.0.0.1:8085"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 2 when it was not understood or nobody answers."""
    if threading.current_thread() is threading.main_thread():
        # A background job of a shell inherits an ignored SIGINT; “until stopped” holds for it as well.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except (ValueError, httpx.HTTPError) as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description="The sample CodeAgent gateway.")
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="serve the gateway")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8085)
    serve.add_argument("--providers-url", default="http://127.0.0.1:8086")
    serve.add_argument("--redis-url", default="redis://127.0.0.1:6390/0")
    serve.add_argument("--data-dir", type=Path, default=Path("gateway-data"))
    serve.add_argument("--pace", type=float, default=1.0, help="share of a real service's own work to wait for")
    serve.add_argument("--ping", type=float, default=20.0, help="seconds between WebSocket pings, and to their answer")
    serve.add_argument("--peer", action="append", default=[], help="address of a further instance, told of faults")
    serve.add_argument("--marks-url", default="", help="where deployments are marked: …/api/marks")
    serve.add_argument("--marks-token-file", type=Path, help="the bearer token of that address")
    serve.set_defaults(run=_serve)
    providers = commands.add_parser("providers", help="serve the simulated LLM providers")
    providers.add_argument("--host", default="127.0.0.1")
    providers.add_argument("--port", type=int, default=8086)
    providers.add_argument("--data-dir", type=Path, default=Path("gateway-data"))
    providers.add_argument("--reliable", action="store_true", help="fail by faults that are on only, never by chance")
    providers.set_defaults(run=_providers)
    load = commands.add_parser("load", help="use the gateway as its clients do")
    load.add_argument("--url", action="append", dest="urls", help="of each instance; faults are read from the first")
    load.add_argument("--rate", type=float, default=12.0, help="requests per second on a day's average")
    load.add_argument("--sockets", type=float, default=60.0, help="WebSocket connections on a day's average")
    load.add_argument("--seconds", type=float, default=float("inf"), help="how long; without it until stopped")
    load.add_argument("--data-dir", type=Path, help="let traces begin at the load, and write its spans below this")
    load.set_defaults(run=_load)
    switch = commands.add_parser("incident", help="switch a fault on for a while")
    incident.add_arguments(switch, GATEWAY)
    switch.set_defaults(run=incident.run)
    commands.add_parser("faults", help="list every fault").set_defaults(run=_faults)
    return parser


def _serve(chosen: argparse.Namespace) -> None:
    from gateway.serve import serve_gateway  # the other commands need none of what it imports

    serve_gateway(
        Settings(
            chosen.data_dir,
            chosen.host,
            chosen.port,
            chosen.providers_url,
            chosen.redis_url,
            database_of_environment(),
            chosen.pace,
            socket_ping=chosen.ping,
            peers=tuple(chosen.peer),
            marks_url=chosen.marks_url,
            marks_token_file=chosen.marks_token_file,
        )
    )


def _providers(chosen: argparse.Namespace) -> None:
    from gateway.serve import serve_providers

    serve_providers(chosen.host, chosen.port, chosen.data_dir, chosen.reliable)


def _load(chosen: argparse.Namespace) -> None:
    from gateway.load import main as load

    load(chosen.urls or [GATEWAY], chosen.rate, chosen.sockets, chosen.seconds, chosen.data_dir)


def _faults(_: argparse.Namespace) -> None:
    print(incident.table())


if __name__ == "__main__":
    raise SystemExit(main())
