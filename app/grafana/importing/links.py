"""Links of dashboards, panels and values: those that lead to web pages or to other boards are kept as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.grafana.importing.source import SourceLink
from panels.visible import visible

_DASHBOARD: Final = re.compile(r"(?:https?://[^/?#\s]+)?(?:/[\w-]+)?/d/([\w-]{1,80})(?:[/?#].*)?", re.DOTALL)
# No blanks, quotes, brackets, backslashes or control characters, which would end the address in Markdown.
_WEB: Final = re.compile(r"https?://[\w.-]+(:\d{1,5})?(/[\w./~%+,;:@&=?#!*-]*)?", re.ASCII)
_SCHEME: Final = re.compile(r"\s*([a-zA-Z][\w+.-]*):")
MOST: Final = 60


@dataclass(frozen=True)
class Links:
    """The links as Markdown, one a line, and a sentence for each that is left out."""

    markdown: str
    notes: tuple[str, ...]


def convert(links: Iterable[SourceLink], boards: Mapping[str, str]) -> Links:
    """Links as a list; `boards` are the ids of boards by the ids of the dashboards that they were imported from."""
    lines: list[str] = []
    notes: list[str] = []
    for link in dict.fromkeys(links):
        address, reason = _address(link, boards)
        if reason:
            notes.append(f"The link “{visible(link.title or link.url)[:60]}” is left out: {reason}")
        elif len(lines) < MOST:
            lines.append(f"- [{_escaped(link.title or address)}]({address})")
        else:
            notes.append(f"More than {MOST} links: “{visible(link.title)[:60]}” is left out.")
    return Links("\n".join(dict.fromkeys(lines)), tuple(dict.fromkeys(notes)))


def _address(link: SourceLink, boards: Mapping[str, str]) -> tuple[str, str]:
    """Where a link leads, or why it is left out."""
    url = link.url.strip()
    if link.is_search:
        return "", "it lists dashboards by their tags."
    if match := _DASHBOARD.fullmatch(url):
        known = boards.get(match[1])
        return (f"/{known}", "") if known else ("", "its dashboard is not among those that are imported.")
    if "$" in url or "{{" in url:
        return "", "its address has values that Grafana fills in."
    if _WEB.fullmatch(url):
        return url, ""
    if url.startswith(("//", "/\\", "\\")):
        return "", "its address names another server without a protocol."
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return "", f"addresses with “{scheme[1][:20].lower()}:” are not followed."
    return "", "its address leads into Grafana." if url.startswith("/") else "its address is not valid."


def _escaped(text: str) -> str:
    plain = " ".join(visible(text)[:80].split())
    return re.sub(r"([\\`*_\[\]<>!|#&])", r"\\\1", plain)
