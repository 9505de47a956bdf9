"""Links of values: templates over labels become addresses, of which only http, https and own paths exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup, escape

from panels.markup import join, tag
from panels.spec import Link, Panel
from panels.visible import visible, visible_name
from queries.core.time_range import Window

_FIELD: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# A web address or an own path, whose host is not a template: values cannot change where it leads.
_REST: Final = r"[\w./~%+,;:@&=?#!*{}()$' -]*"
_SAFE: Final = re.compile(rf"https?://[\w.-]+(:\d{{1,5}})?([/?#]{_REST})?|/(?![/\\]){_REST}", re.ASCII)
_BETWEEN: Final = re.compile(r"\{\{\s*\w+\s*\}\}|[{}\s\\]", re.ASCII)
VALUE: Final = "__value"
NAME: Final = "__name"
FROM: Final = "__from"
TO: Final = "__to"


@dataclass(frozen=True)
class Target:
    """A link with its values filled in."""

    title: str
    url: str

    @property
    def is_elsewhere(self) -> bool:
        """Whether it leads to another site."""
        return not self.url.startswith("/")


def is_safe(url: str) -> bool:
    """Whether a template is a web address or an own path, with nothing that could end it early."""
    rest = (match[0] for match in _BETWEEN.finditer(url))
    return _SAFE.fullmatch(url) is not None and all(part.startswith("{{") for part in rest)


def of_series(panel: Panel, labels: Mapping[str, str], name: str, window: Window) -> tuple[Target, ...]:
    """The links of a series; the value stays a template, for the point that is chosen."""
    return targets(panel.links, labels, name, window, f"{{{{{VALUE}}}}}")


def targets(
    links: Sequence[Link], labels: Mapping[str, str], name: str, window: Window, value: str = ""
) -> tuple[Target, ...]:
    """The links with a safe address; values are encoded, so that they stay one part of it."""
    known = {**labels, NAME: name, FROM: str(window.start * 1_000), TO: str(window.end * 1_000)}
    return tuple(_filled(link, known, value) for link in links if is_safe(link.url))


def last_value(of: Sequence[Target], value: float) -> tuple[Target, ...]:
    """The links with the value of a row or of a legend."""
    text = "" if value != value else f"{value:.6g}"
    return tuple(Target(link.title, link.url.replace(f"{{{{{VALUE}}}}}", quote(text, safe=""))) for link in of)


def of_entry(panel: Panel, labels: Mapping[str, str], name: str, window: Window, value: float) -> tuple[Target, ...]:
    """The panel's links of a series or row with its value."""
    return last_value(of_series(panel, labels, name, window), value)


def by_row(panel: Panel, rows: Iterable[tuple[Mapping[str, str] | None, str]], window: Window) -> dict[str, Any]:
    """The links of the rows of a chart, by their labels and names, for the menu of a point; {} if there are none.

    A row that stands for several series has no labels (None) and no links.
    """
    if not panel.links:
        return {}
    every = [() if labels is None else of_series(panel, labels, name, window) for labels, name in rows]
    return {"row_links": [[[target.title, target.url] for target in of_row] for of_row in every]}


def around(of: Sequence[Target], inside: str | Markup, look: str = "t-link") -> Markup:
    """The first link round something, the others as arrows beside it; without a link the same as before."""
    if not of:
        return inside if isinstance(inside, Markup) else escape(visible(inside))
    return join([anchor(of[0], inside, look), *arrows(of[1:])])


def named(of: Sequence[Target], name: str, look: str) -> Markup:
    """A name that is cut where it lacks space, with the first link in it and the others as arrows beside it."""
    return join([tag("span", around(of[:1], name), class_=look), *arrows(of[1:])])


def anchor(target: Target, inside: str | Markup, look: str) -> Markup:
    """The link round something; other sites open beside the page and learn nothing of it."""
    where = {"target": "_blank", "rel": "noopener noreferrer"} if target.is_elsewhere else {}
    title = visible_name(target.title)
    return tag("a", inside, href=target.url, class_=look, title=title, aria_label=title, **where)


def arrows(of: Sequence[Target]) -> Iterator[Markup]:
    """A small link for each target."""
    for target in of:
        yield anchor(target, "↗", "legend-open")


def _filled(link: Link, known: Mapping[str, str], value: str) -> Target:
    def written(match: re.Match[str]) -> str:
        return value if match[1] == VALUE else quote(known.get(match[1], ""), safe="")

    title = _FIELD.sub(lambda match: visible_name(known.get(match[1], "")), link.title)
    return Target(" ".join(title.split()) or "Open", _FIELD.sub(written, link.url))
