"""Runbooks as files in Markdown, with checks: blocks of TOML that name a query and its normal value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

FOLDER: Final = Path(__file__).resolve().parents[2] / "alerts" / "runbooks"
SECTIONS: Final = ("Impact", "First checks", "Likely causes", "What to do", "Escalation")
_NAME: Final = re.compile(r"[a-z0-9-]{1,80}")
_NORMAL: Final = re.compile(r"(<|>|==) (\d+(?:\.\d+)?)")
_LINK: Final = re.compile(r"([a-z0-9-]+)\.md")
# HTML in the text stays text; pictures would tell other servers who reads.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@dataclass(frozen=True)
class Check:
    """A query in canonical names (`$filters` stands for the alert's labels), and which values are normal.

    `operator` and `limit` are empty and 0 if no value is abnormal.
    """

    title: str
    expr: str
    unit: str
    operator: str = ""
    limit: float = 0.0

    def is_normal(self, value: float) -> bool:
        """Whether a value is as it should be."""
        return {
            "<": value < self.limit, ">": value > self.limit, "==": value == self.limit, "": True,
        }[self.operator]  # fmt: skip


@dataclass(frozen=True)
class Runbook:
    """A runbook: its title is the alert's name."""

    name: str
    title: str
    text: str

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks in order. Raises ValueError for a block that cannot be read."""
        return tuple(_check(token.content) for token in _MARKDOWN.parse(self.text) if _is_check(token))

    @property
    def summary(self) -> str:
        """The first sentence below the title."""
        paragraph = next((line for line in self.text.splitlines()[1:] if line.strip()), "")
        return paragraph.replace("**", "").split(". ", 1)[-1].split(". ")[0].rstrip(".") + "."

    def html(self, render_check: Callable[[int, Check], Markup]) -> Markup:
        """The text below the title as HTML; `render_check` writes the check with a number."""
        tokens = _MARKDOWN.parse(self.text)[3:]  # without the title
        for token in tokens:
            _lead_to_pages(token)
        parts: list[str] = []
        number = 0
        start = 0
        for place, token in enumerate(tokens):
            if _is_check(token):
                parts.append(_rendered(tokens[start:place]))
                parts.append(render_check(number, _check(token.content)))
                number, start = number + 1, place + 1
        parts.append(_rendered(tokens[start:]))
        return Markup("".join(parts))  # noqa: S704 - the renderer escapes what is not Markdown


@lru_cache(maxsize=256)
def runbook(name: str) -> Runbook | None:
    """The runbook of that name; None if there is none."""
    if not _NAME.fullmatch(name):
        return None
    try:
        text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Runbook(name, text.partition("\n")[0].removeprefix("# "), text)


def runbooks() -> tuple[Runbook, ...]:
    """All runbooks by title."""
    books = (runbook(path.stem) for path in FOLDER.glob("*.md"))
    return tuple(sorted((book for book in books if book), key=lambda book: book.title))


def _is_check(token: Token) -> bool:
    return token.type == "fence" and token.info.strip() == "check"


def _check(text: str) -> Check:
    try:
        table: dict[str, Any] = tomllib.loads(text)
        title, expr, unit = table["title"], table["expr"], table["unit"]
    except (tomllib.TOMLDecodeError, KeyError) as problem:
        raise ValueError(f"A check cannot be read: {problem}.") from None
    match = _NORMAL.fullmatch(table.get("normal", ""))
    if table.get("normal") and not match:
        raise ValueError(f"The check “{title}” has a normal value that cannot be read: {table['normal']}.")
    return Check(title, expr, unit, match[1] if match else "", float(match[2]) if match else 0.0)


def _lead_to_pages(token: Token) -> None:
    """Links between files become links between pages."""
    for child in token.children or ():
        match = _LINK.fullmatch(str(child.attrGet("href") or "")) if child.type == "link_open" else None
        if match:
            child.attrSet("href", f"/runbooks?name={match[1]}")


def _rendered(tokens: Sequence[Token]) -> str:
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
