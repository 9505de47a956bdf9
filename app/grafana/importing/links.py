"""Links of dashboards, panels and values: those that lead to web pages or to other boards are kept as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.grafana.importing.source import SourceLink
from panels.links import is_safe
from panels.spec import Link
from panels.visible import visible

_DASHBOARD: Final = re.compile(r"(?:https?://[^/?#\s]+)?(?:/[\w-]+)?/d/([\w-]{1,80})(?:[/?#].*)?", re.DOTALL)
# No blanks, quotes, brackets, backslashes or control characters, which would end the address in Markdown.
_WEB: Final = re.compile(r"https?://[\w.-]+(:\d{1,5})?(/[\w./~%+,;:@&=?#!*-]*)?", re.ASCII)
_SCHEME: Final = re.compile(r"\s*([a-zA-Z][\w+.-]*):")
_TEMPLATE: Final = re.compile(r"\$\{([^{}]+)\}|\$(\w+)")
_LABEL: Final = r"(?:\.(\w+)|\[[\"']?(\w+)[\"']?\])(?::\w+)?"
_VALUES: Final = (
    (re.compile(rf"__(?:field|series)\.labels{_LABEL}"), r"{{\1\2}}"),
    (re.compile(rf"__data\.fields{_LABEL}"), r"{{\1\2}}"),
    (re.compile(r"__value(?:\.\w+)?(?::\w+)?"), "{{__value}}"),
    (re.compile(r"__(?:series|field)\.(?:name|displayName)(?::\w+)?"), "{{__name}}"),
    (re.compile(r"__from"), "{{__from}}"),
    (re.compile(r"__to"), "{{__to}}"),
    (re.compile(r"__url_time_range"), "from={{__from}}&to={{__to}}"),
)
MOST: Final = 60
MOST_OF_VALUES: Final = 8


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


def of_values(every: Iterable[SourceLink], labels: Mapping[str, str]) -> tuple[Link, ...]:
    """The links of values, without those that cannot be such."""
    known = (of_value(link, labels) for link in every)
    return tuple(link for link in known if link is not None)[:MOST_OF_VALUES]


def of_value(link: SourceLink, labels: Mapping[str, str]) -> Link | None:
    """A link of values, with `labels` in place of the variables that filter by them; None if it cannot be one."""
    url = link.url.strip()
    if link.is_search or _DASHBOARD.fullmatch(url):
        return None

    def written(match: re.Match[str]) -> str:
        name = match[1] or match[2] or ""
        for pattern, replacement in _VALUES:
            if known := pattern.fullmatch(name):
                return known.expand(replacement)
        plain = name.partition(":")[0]
        return f"{{{{{labels[plain]}}}}}" if plain in labels else match[0]

    address, title = _TEMPLATE.sub(written, url), _TEMPLATE.sub(written, link.title)
    if "$" in address or not is_safe(address):
        return None
    return Link(visible(title if "$" not in title else "")[:80].strip() or "Open", address)


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
