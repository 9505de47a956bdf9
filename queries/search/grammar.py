"""The search box: what is typed becomes a tree of plain values; an error points at the character.

    status:500 AND (provider:openai OR "rate limit") NOT level:debug duration:>250 size:[1 TO 10} name:chat*  field:*
    *Exception  http://host/path  12:30

Words beside each other are joined by AND, which binds stronger than OR. A backslash takes the next character as it
is. Compiling lives beside each backend's dialect (`to_dsl`, `to_sql`): values only ever travel as values.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from queries.core.errors import InvalidInput

MAX_LENGTH: Final = 2_000  # characters; a longer one is a mistake of the clipboard
MAX_DEPTH: Final = 30  # of parentheses and NOTs
MAX_TERMS: Final = 200
_SPACE: Final = " \t\r\n\u3000\u00a0"
_ENDS: Final = frozenset(_SPACE + '()":')
_WORDS: Final = ("AND", "OR", "NOT")


class GrammarError(InvalidInput):
    """What was typed cannot be understood; `position` counts characters from 0."""

    def __init__(self, position: int, sentence: str, hint: str = "") -> None:
        super().__init__("q", sentence, hint)
        self.position = position


@dataclass(frozen=True)
class Text:
    """A word or a quoted phrase anywhere in the line. `prefix`: it ended in an asterisk.

    `pattern`: what stands between asterisks, where there are some at other places than the end.
    """

    value: str
    phrase: bool = False
    prefix: bool = False
    position: int = 0
    pattern: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """A field with a value; not `exact` (unquoted) values may differ in case. `prefix` and `pattern` as for `Text`."""

    field: str
    value: str
    exact: bool = False
    prefix: bool = False
    position: int = 0
    pattern: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exists:
    """A field that has any value."""

    field: str
    position: int = 0


@dataclass(frozen=True)
class Bounds:
    """A field between two values; an empty side (None) is open."""

    field: str
    low: str | None
    high: str | None
    low_included: bool = True
    high_included: bool = True
    position: int = 0


@dataclass(frozen=True)
class Not:
    """The opposite."""

    node: Node


@dataclass(frozen=True)
class Joined:
    """All of the nodes, or any of them."""

    word: Literal["AND", "OR"]
    nodes: tuple[Node, ...]


Node = Text | Match | Exists | Bounds | Not | Joined


@dataclass(frozen=True)
class _Token:
    kind: Literal["word", "phrase", "(", ")", ":", "end"]
    text: str
    at: int
    end: int
    stars: tuple[int, ...] = ()  # places of unescaped asterisks in the text
    plain: bool = True  # nothing was escaped: AND, OR and NOT are operators only then


def parse(text: str) -> Node | None:
    """The tree, None for an empty box. Raises GrammarError."""
    if len(text) > MAX_LENGTH:
        raise GrammarError(MAX_LENGTH, f"The search has more than {MAX_LENGTH:,} characters.")
    return _Parser(text).whole()


def fields_of(node: Node | None) -> tuple[str, ...]:
    """The fields that a search names, each once, in order."""
    match node:
        case Match() | Exists() | Bounds():
            return (node.field,)
        case Not():
            return fields_of(node.node)
        case Joined():
            return tuple(dict.fromkeys(name for each in node.nodes for name in fields_of(each)))
    return ()


def has_text(node: Node | None) -> bool:
    """Whether a search has words without a field."""
    match node:
        case Text():
            return True
        case Not():
            return has_text(node.node)
        case Joined():
            return any(has_text(one) for one in node.nodes)
    return False


def quote(value: str) -> str:
    """A value as it can be typed, quoted where it must be: `parse` gives it back."""
    special = any(char in _ENDS or char in '\\*[]{}<>="' for char in value)
    if value and not special and value not in _WORDS and not value.startswith("-"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_field(name: str) -> str:
    """A field's name as it can be typed before a colon."""
    escaped = "".join(f"\\{char}" if char in _ENDS or char in "\\*" else char for char in name)
    return f"\\{escaped}" if escaped in _WORDS or escaped.startswith("-") else escaped


def _next(text: str, at: int) -> _Token:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    if at == len(text):
        return _Token("end", "", at, at)
    if text[at] == '"':
        return _phrase(text, at)
    for kind in ("(", ")", ":"):
        if text[at] == kind:
            return _Token(kind, kind, at, at + 1)
    return _word(text, at)


def _phrase(text: str, start: int) -> _Token:
    found, at = [], start + 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
        found.append(text[at])
        at += 1
    if at == len(text):
        raise GrammarError(start, "The quotation mark is never closed.", 'Write \\" for the character itself.')
    return _Token("phrase", "".join(found), start, at + 1)


def _word(text: str, start: int) -> _Token:
    found: list[str] = []
    stars: list[int] = []
    at, plain = start, True
    while at < len(text) and text[at] not in _ENDS:
        if text[at] == "*":
            stars.append(len(found))
        if text[at] == "\\":
            if at + 1 == len(text):
                raise GrammarError(at, "A backslash needs a character after it.")
            at, plain = at + 1, False
        found.append(text[at])
        at += 1
    return _Token("word", "".join(found), start, at, tuple(stars), plain)


class _Parser:
    """Recursive descent over one text, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text, self._terms = text, 0
        self._token = _next(text, 0)

    def whole(self) -> Node | None:
        if self._token.kind == "end":
            return None
        node = self._any(0)
        if self._kind() == ")":
            raise GrammarError(self._token.at, "This parenthesis was never opened.")
        return node

    def _kind(self) -> str:
        return self._token.kind

    def _take(self) -> _Token:
        token = self._token
        self._token = _next(self._text, token.end)
        return token

    def _is(self, word: str) -> bool:
        return self._token.kind == "word" and self._token.plain and self._token.text == word

    def _any(self, depth: int) -> Node:
        nodes = [self._all(depth)]
        while self._is("OR"):
            self._take()
            nodes.append(self._all(depth))
        return nodes[0] if len(nodes) == 1 else Joined("OR", tuple(nodes))

    def _all(self, depth: int) -> Node:
        nodes = [self._one(depth)]
        while self._token.kind not in ("end", ")") and not self._is("OR"):
            if self._is("AND"):
                self._take()
            nodes.append(self._one(depth))
        return nodes[0] if len(nodes) == 1 else Joined("AND", tuple(nodes))

    def _one(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise GrammarError(self._token.at, f"More than {MAX_DEPTH} levels of parentheses and NOT.")
        if self._is("NOT"):
            self._take()
            return Not(self._one(depth + 1))
        if self._token.kind == "(":
            return self._group(depth)
        return self._term(depth)

    def _group(self, depth: int) -> Node:
        opened = self._take()
        if self._kind() == ")":
            raise GrammarError(self._token.at, "There is nothing between these parentheses.")
        node = self._any(depth + 1)
        if self._kind() != ")":
            raise GrammarError(opened.at, "The parenthesis is never closed.")
        self._take()
        return node

    def _term(self, depth: int) -> Node:
        token = self._token
        if token.kind not in ("word", "phrase") or self._is("AND") or self._is("OR"):
            raise GrammarError(token.at, _unexpected(token))
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise GrammarError(token.at, f"More than {MAX_TERMS} words.")
        if token.kind == "word" and token.plain and token.text.startswith("-") and len(token.text) > 1:
            self._token = _next(self._text, token.at + 1)  # a leading minus is NOT
            return Not(self._one(depth + 1))
        self._take()
        if token.plain and token.text == "-" and self._token.at == token.end and self._token.kind in ("phrase", "("):
            return Not(self._one(depth + 1))
        if self._token.kind == ":" and self._token.at == token.end:
            if not _is_address(token, self._text):
                return self._field(token)
            token = self._with_colons(token)
        return _word_text(token) if token.kind == "word" else _phrase_text(token)

    def _field(self, name: _Token) -> Node:
        colon = self._take()
        if name.text == "":
            raise GrammarError(name.at, "A field needs a name before the colon.")
        text, at = self._text, colon.end
        while at < len(text) and text[at] in _SPACE:
            at += 1
        if text[at : at + 1] in ("[", "{"):
            return self._bounds(name, at)
        if text[at : at + 1] in ("<", ">"):
            return self._compared(name, at)
        value = self._take()
        if value.kind not in ("word", "phrase"):
            raise GrammarError(value.at, f"“{name.text[:40]}:” needs a value.", "Write a word, or quotes around it.")
        value = self._with_colons(value)
        if value.kind == "word" and value.text == "*" and value.stars:
            return Exists(name.text, name.at)
        if value.kind == "phrase":
            return Match(name.text, value.text, exact=True, position=name.at)
        word, prefix, pattern = _starred(value)
        return Match(name.text, word, prefix=prefix, position=name.at, pattern=pattern)

    def _with_colons(self, value: _Token) -> _Token:
        """A value goes on over colons (12:30, http://x), as there is no field in it."""
        while value.kind == "word" and self._token.kind == ":" and self._token.at == value.end:
            colon = self._take()
            if self._kind() != "word" or self._token.at != colon.end:
                return _Token("word", value.text + ":", value.at, colon.end, value.stars, False)
            more = self._take()
            stars = (*value.stars, *(len(value.text) + 1 + place for place in more.stars))
            value = _Token("word", f"{value.text}:{more.text}", value.at, more.end, stars, False)
        return value

    def _compared(self, name: _Token, at: int) -> Node:
        sign = self._text[at]
        included = self._text[at + 1 : at + 2] == "="
        value, after = self._bound(at + 1 + included)
        self._token = _next(self._text, after)
        if sign == "<":
            return Bounds(name.text, None, value, high_included=included, position=name.at)
        return Bounds(name.text, value, None, low_included=included, position=name.at)

    def _bounds(self, name: _Token, opened: int) -> Node:
        low, at = self._bound(opened + 1)
        word = _next(self._text, at)
        if word.text != "TO" or word.kind != "word":
            raise GrammarError(word.at, "A range is written [low TO high].")
        high, at = self._bound(word.end)
        while at < len(self._text) and self._text[at] in _SPACE:
            at += 1
        if self._text[at : at + 1] not in ("]", "}"):
            raise GrammarError(opened, "The range is never closed.", "Write [low TO high].")
        self._token = _next(self._text, at + 1)
        closed_low, closed_high = self._text[opened] == "[", self._text[at] == "]"
        return Bounds(name.text, _open(low), _open(high), closed_low, closed_high, name.at)

    def _bound(self, at: int) -> tuple[str, int]:
        """One side of a range, and where it ends; colons belong to it (times of day)."""
        while at < len(self._text) and self._text[at] in _SPACE:
            at += 1
        if self._text[at : at + 1] == '"':
            token = _phrase(self._text, at)
            return token.text, token.end
        end = at
        while end < len(self._text) and self._text[end] not in _SPACE + '()[]{}"':
            end += 1
        if end == at:
            raise GrammarError(at, "A value is missing here.")
        return self._text[at:end], end


def _open(value: str) -> str | None:
    return None if value == "*" else value


def _is_address(name: _Token, text: str) -> bool:
    """Whether a word and its colon begin an address (http://…) or a time (12:30) and name no field."""
    if name.kind != "word" or not name.plain:
        return False
    return text.startswith("//", name.end + 1) or (
        name.text.isdecimal() and text[name.end + 1 : name.end + 2].isdecimal()
    )


def _starred(token: _Token) -> tuple[str, bool, tuple[str, ...]]:
    """Value, prefix and pattern of a word."""
    if token.stars == (len(token.text) - 1,):
        return token.text[:-1], True, ()
    if not token.stars:
        return token.text, False, ()
    edges = [-1, *token.stars, len(token.text)]
    return token.text, False, tuple(token.text[low + 1 : high] for low, high in pairwise(edges))


def _word_text(token: _Token) -> Text:
    value, prefix, pattern = _starred(token)
    return Text(value, False, prefix, token.at, pattern)


def _phrase_text(token: _Token) -> Text:
    return Text(token.text, phrase=True, position=token.at)


def _unexpected(token: _Token) -> str:
    if token.kind == "end":
        return "Something is missing at the end."
    if token.kind == ":":
        return "A field needs a name before the colon."
    return f"“{token.text[:40]}” cannot stand here."
