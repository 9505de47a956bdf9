"""The board itself inside its exported dashboard, so that an import gives it back as it was.

It is the value of a hidden constant of the dashboard, which both schemas have and Grafana keeps. The definition of a
panel counts only while what it was exported with is unchanged: who edits a panel in Grafana gets what he made.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from pages.files.board import CODEC, encoded
from pages.files.problems import Invalid
from panels.spec import Dashboard, Panel

VARIABLE: Final = "codeagent_board"
_APPEARANCE: Final = ("unit", "thresholds", "min", "max", "mappings")
_HEADER: Final = ("id", "question", "filters", "short", "single")  # what a dashboard of Grafana has no place for


@dataclass(frozen=True)
class Definition:
    """What an export says of its board, and its panels by the fingerprint of what they were exported as."""

    header: Mapping[str, Any] = field(default_factory=dict)
    panels: Mapping[str, Panel] = field(default_factory=dict)


def write(board: Dashboard, panels: Mapping[str, Panel]) -> str:
    """The value of the constant, in letters that no variable of Grafana begins with."""
    header = encoded(replace(board, panels=()))
    content = {
        "board": {name: header[name] for name in _HEADER if name in header},
        "panels": {fingerprint: CODEC.encode(panel, Panel) for fingerprint, panel in panels.items()},
    }
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode()


def read(text: str) -> Definition:
    """The definition in the value of the constant; an empty one if it cannot be read."""
    try:
        content = orjson.loads(base64.urlsafe_b64decode(text))
        panels = {fingerprint: CODEC.decode(Panel, panel) for fingerprint, panel in content["panels"].items()}
        return Definition(dict(content["board"]), panels)
    except (binascii.Error, ValueError, TypeError, KeyError, AttributeError, Invalid):
        return Definition()


def fingerprint_of(
    title: str, description: str, plugin: str, queries: Iterable[tuple[str, str]], defaults: Mapping[str, Any]
) -> str:
    """A hash of what people change in a panel; `queries` are pairs of expression and legend.

    The heading of a row is a text in schema v2.
    """
    appearance = {name: defaults.get(name) for name in _APPEARANCE}
    kind = "text" if plugin == "row" else plugin
    content = [title, description, kind, [list(query) for query in queries], appearance]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
