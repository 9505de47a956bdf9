"""A runbook as Markdown: text, and fenced blocks for checks and panels.

A block `check` is TOML with `title`, `expr` (canonical PromQL with `$filters`), `unit`, and optionally `normal`, such
as "< 1". A block `panel` names a panel of a board: `providers/errors`.
"""

from __future__ import annotations

import operator
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it.token import Token
from markupsafe import Markup

from panels.spec import Unit
from panels.text import MARKDOWN

FOLDER: Final = Path(__file__).resolve().parents[2] / "alerts" / "runbooks"
_NAME: Final = re.compile(r"[a-z0-9-]{1,80}")
_NORMAL: Final = re.compile(r"(<=|>=|==|<|>)\s*(-?\d+(?:\.\d+)?)")
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
_RUNBOOK_LINK: Final = re.compile(r"([a-z0-9-]+)\.md")


@dataclass(frozen=True)
class Prose:
    """Rendered text."""

    html: Markup


@dataclass(frozen=True)
class Check:
    """A query whose result stands beside a step; `normal` is the comparison that a normal value fulfils, or empty."""

    title: str
    expr: str
    unit: Unit
    normal: str = ""

    def is_normal(self, value: float) -> bool | None:
        """Whether a value is normal; None if nothing says what is."""
        match = _NORMAL.fullmatch(self.normal)
        return _COMPARE[match[1]](value, float(match[2])) if match else None


@dataclass(frozen=True)
class PanelBlock:
    """A panel of a board."""

    board: str
    panel: str


Block = Prose | Check | PanelBlock


@dataclass(frozen=True)
class Runbook:
    """A runbook: its name in addresses, its title (the name of the alert), and its blocks."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    sections: tuple[str, ...] = ()
    summary: str = ""  # its first paragraph

    @property
    def checks(self) -> tuple[Check, ...]:
        """Its checks in order."""
        return tuple(block for block in self.blocks if isinstance(block, Check))

    @property
    def panels(self) -> tuple[PanelBlock, ...]:
        """Its panels in order, each named once."""
        return tuple(dict.fromkeys(block for block in self.blocks if isinstance(block, PanelBlock)))


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Names of all runbooks, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.md")))


def load(name: str, folder: Path = FOLDER) -> Runbook | None:
    """The runbook of a name, None if there is none. Raises ValueError if a block is wrong."""
    path = folder / f"{name}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    return parse(name, path.read_text("utf-8"))


def parse(name: str, text: str) -> Runbook:
    """A runbook from Markdown. Raises ValueError if a block is wrong."""
    tokens = [_linked(token) for token in MARKDOWN.parse(text)]
    headings = list(_headings(tokens))
    title = next((heading for level, heading in headings if level == "h1"), name)
    sections = tuple(heading for level, heading in headings if level == "h2")
    paragraphs = (after.content for before, after in pairwise(tokens) if before.type == "paragraph_open")
    return Runbook(name, title, tuple(_blocks(tokens)), sections, next(paragraphs, "").replace("\n", " "))


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    for before, after in pairwise(tokens):
        if before.type == "heading_open":
            yield before.tag, after.content


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    """The blocks in order; the title is left out, since the page has it."""
    waiting: list[Token] = []
    body = tokens[3:] if tokens and tokens[0].tag == "h1" else tokens
    for token in body:
        kind = token.info.strip() if token.type == "fence" and token.level == 0 else ""
        if kind not in ("check", "panel"):
            waiting.append(token)
            continue
        if waiting:
            yield _prose(waiting)
            waiting = []
        yield _check(token.content) if kind == "check" else _panel(token.content)
    if waiting:
        yield _prose(waiting)


def _prose(tokens: Sequence[Token]) -> Prose:
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return Prose(Markup(html))  # noqa: S704 - the renderer escapes what is not Markdown


def _check(text: str) -> Check:
    fields = tomllib.loads(text)
    try:
        check = Check(fields.pop("title"), fields.pop("expr"), Unit(fields.pop("unit")), fields.pop("normal", ""))
    except KeyError as error:
        raise ValueError(f"A check has no {error}.") from error
    if fields:
        raise ValueError(f"A check has unknown fields: {', '.join(fields)}.")
    if check.normal and not _NORMAL.fullmatch(check.normal):
        raise ValueError(f"“{check.normal}” is not a comparison such as “< 1”.")
    return check


def _panel(text: str) -> PanelBlock:
    board, slash, panel = text.strip().partition("/")
    if not slash:
        raise ValueError(f"“{text.strip()}” does not name a panel as board/panel.")
    return PanelBlock(board, panel)


def _linked(token: Token) -> Token:
    """Links to other runbooks' files lead to their pages."""
    for child in token.children or ():
        match = _RUNBOOK_LINK.fullmatch(str(child.attrs.get("href", "")))
        if match:
            child.attrs["href"] = f"/runbooks?name={match[1]}"
    return token
