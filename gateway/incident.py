"""The command that switches faults on: `python -m gateway incident KIND --place … --size … --for 5m`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from typing import Any

import httpx

from gateway.faults import BY_NAME, FAULTS, Fault, checked, seconds_of
from gateway.switchboard import PATH

DEFAULT_KIND = "errors"


def add_arguments(parser: argparse.ArgumentParser, gateway: str) -> None:
    """Describe the command's options; `gateway` is the default address."""
    parser.add_argument(
        "kind", nargs="?", default=DEFAULT_KIND, help="a fault; an unknown one lists them (%(default)s)"
    )
    parser.add_argument("--for", dest="duration", default="5m", metavar="5m", help="how long (%(default)s)")
    parser.add_argument("--place", help="endpoint, provider, team or instance")
    parser.add_argument("--size", help="share, factor or milliseconds, as the fault has it")
    parser.add_argument("--url", default=gateway)
    parser.add_argument("--wait", action="store_true", help="wait for the end; Ctrl-C ends the fault early")
    parser.add_argument("--off", action="store_true", help="switch it off instead")


def run(chosen: argparse.Namespace) -> int:
    """Switch a fault on or off; 2 when there is no such fault. ValueError for a parameter that is not valid."""
    if chosen.kind == "list":
        sys.stdout.write(table() + "\n")
        return 0
    fault = BY_NAME.get(chosen.kind)
    if fault is None:
        sys.stderr.write(f"gateway: {chosen.kind!r} is not a valid fault. Valid are:\n{table()}\n")
        return 2
    if chosen.off:
        _switch_off(chosen.url, fault)
        return 0
    seconds = seconds_of(chosen.duration)
    parameters = switch_on(chosen.url, fault, seconds, _parameters(fault, chosen.place, chosen.size))
    details = ", ".join(f"{key} {value}" for key, value in parameters.items() if value != "")
    sys.stdout.write(
        f"{fault.name} is on for {seconds:.0f} s{f' ({details})' if details else ''} and ends by itself.\n"
    )
    if chosen.wait:
        _wait(chosen.url, fault, seconds)
    return 0


def table() -> str:
    """Every fault with its parameters, one a line."""
    rows = []
    for fault in FAULTS:
        parameters = ", ".join(f"{key}={value}" for key, value in fault.parameters.items())
        rows.append(f"  {fault.name:16} {fault.effect}{f' [{parameters}]' if parameters else ''}")
    return "\n".join(rows)


def _parameters(fault: Fault, place: str | None, size: str | None) -> Mapping[str, Any]:
    """What was chosen, under the fault's own names. ValueError when it has no place or no size."""
    parameters: dict[str, Any] = {}
    for word, key, value in (("place", fault.place, place), ("size", fault.size, size)):
        if value is None:
            continue
        if not key:
            raise ValueError(f"{fault.name} has no {word}.")
        parameters[key] = value
    return checked(fault, parameters)


def switch_on(url: str, fault: Fault, seconds: float, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Switch a fault on at a gateway; its parameters. ValueError for what the gateway refuses, httpx.HTTPError."""
    answer = httpx.post(f"{url}{PATH}", json={"name": fault.name, "seconds": seconds, **parameters})
    if answer.status_code in (400, 403):
        raise ValueError(answer.json()["error"])
    answer.raise_for_status()
    active: Mapping[str, Any] = answer.json()["parameters"]
    return active


def _switch_off(url: str, fault: Fault) -> None:
    httpx.delete(f"{url}{PATH}/{fault.name}").raise_for_status()
    sys.stdout.write(f"{fault.name} is off.\n")


def _wait(url: str, fault: Fault, seconds: float) -> None:
    sys.stdout.write("Ctrl-C ends it early.\n")
    sys.stdout.flush()
    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        _switch_off(url, fault)
        raise
