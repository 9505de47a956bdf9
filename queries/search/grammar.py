"""Search grammar (a subset of Lucene query syntax): parses the search box into a syntax tree.

    status:500 AND (provider:openai OR "rate limit") NOT level:debug duration:>250 size:[1 TO 10} name:chat*  field:*
    *Exception  http://host/path  12:30

Adjacent words are combined with AND, which has a higher precedence than OR. A backslash escapes the next character.
Each store compiles the tree to its own query language; values are always passed as parameters, never as query text.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from queries.core.errors import InvalidInput

MAX_LENGTH: Final = 2_000  # characters; a longer text was probably pasted by mistake
MAX_DEPTH: Final = 30  # of parentheses and NOTs
MAX_TERMS: Final = 200
_SPACE: Final = " \t\r\n\u3000\u00a0"
_ENDS: Final = frozenset(_SPACE + '()":')
_WORDS: Final = ("AND", "OR", "NOT")


class GrammarError(InvalidInput):
    """A syntax error; `position` is the index of the character, from 0."""

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
class BooleanGroup:
    """All of the nodes (AND), or any of them (OR)."""

    word: Literal["AND", "OR"]
    nodes: tuple[Node, ...]


Node = Text | Match | Exists | Bounds | Not | BooleanGroup


@dataclass(frozen=True)
class _Token:
    kind: Literal["word", "phrase", "(", ")", ":", "end"]
    text: str
    start: int
    end: int
    stars: tuple[int, ...] = ()  # places of unescaped asterisks in the text
    plain: bool = True  # nothing was escaped: AND, OR and NOT are operators only then


def parse(text: str) -> Node | None:
    """The syntax tree; None for an empty text. Raises GrammarError."""
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
        case BooleanGroup():
            return tuple(dict.fromkeys(name for child in node.nodes for name in fields_of(child)))
    return ()


def has_text(node: Node | None) -> bool:
    """Whether a search has words without a field."""
    match node:
        case Text():
            return True
        case Not():
            return has_text(node.node)
        case BooleanGroup():
            return any(has_text(child) for child in node.nodes)
    return False


def quote(value: str) -> str:
    """Quote a value if necessary, so that `parse` returns the same value."""
    special = any(char in _ENDS or char in '\\*[]{}<>="' for char in value)
    if value and not special and value not in _WORDS and not value.startswith("-"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_field(name: str) -> str:
    """Escape a field name for use before a colon."""
    escaped = "".join(f"\\{char}" if char in _ENDS or char in "\\*" else char for char in name)
    return f"\\{escaped}" if escaped in _WORDS or escaped.startswith("-") else escaped


def _next(text: str, position: int) -> _Token:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    if position == len(text):
        return _Token("end", "", position, position)
    if text[position] == '"':
        return _phrase(text, position)
    for kind in ("(", ")", ":"):
        if text[position] == kind:
            return _Token(kind, kind, position, position + 1)
    return _word(text, position)


def _phrase(text: str, start: int) -> _Token:
    characters, position = [], start + 1
    while position < len(text) and text[position] != '"':
        if text[position] == "\\" and position + 1 < len(text):
            position += 1
        characters.append(text[position])
        position += 1
    if position == len(text):
        raise GrammarError(start, "The quotation mark is never closed.", 'Write \\" for the character itself.')
    return _Token("phrase", "".join(characters), start, position + 1)


def _word(text: str, start: int) -> _Token:
    characters: list[str] = []
    stars: list[int] = []
    position, plain = start, True
    while position < len(text) and text[position] not in _ENDS:
        if text[position] == "*":
            stars.append(len(characters))
        if text[position] == "\\":
            if position + 1 == len(text):
                raise GrammarError(position, "A backslash needs a character after it.")
            position, plain = position + 1, False
        characters.append(text[position])
        position += 1
    return _Token("word", "".join(characters), start, position, tuple(stars), plain)


class _Parser:
    """A recursive-descent parser with one token of lookahead."""

    def __init__(self, text: str) -> None:
        self._text, self._terms = text, 0
        self._token = _next(text, 0)

    def whole(self) -> Node | None:
        if self._token.kind == "end":
            return None
        node = self._any(0)
        if self._kind() == ")":
            raise GrammarError(self._token.start, "This parenthesis was never opened.")
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
        return nodes[0] if len(nodes) == 1 else BooleanGroup("OR", tuple(nodes))

    def _all(self, depth: int) -> Node:
        nodes = [self._unary(depth)]
        while self._token.kind not in ("end", ")") and not self._is("OR"):
            if self._is("AND"):
                self._take()
            nodes.append(self._unary(depth))
        return nodes[0] if len(nodes) == 1 else BooleanGroup("AND", tuple(nodes))

    def _unary(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise GrammarError(self._token.start, f"More than {MAX_DEPTH} levels of parentheses and NOT.")
        if self._is("NOT"):
            self._take()
            return Not(self._unary(depth + 1))
        if self._token.kind == "(":
            return self._group(depth)
        return self._term(depth)

    def _group(self, depth: int) -> Node:
        opened = self._take()
        if self._kind() == ")":
            raise GrammarError(self._token.start, "There is nothing between these parentheses.")
        node = self._any(depth + 1)
        if self._kind() != ")":
            raise GrammarError(opened.start, "The parenthesis is never closed.")
        self._take()
        return node

    def _term(self, depth: int) -> Node:
        token = self._token
        if token.kind not in ("word", "phrase") or self._is("AND") or self._is("OR"):
            raise GrammarError(token.start, _unexpected(token))
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise GrammarError(token.start, f"More than {MAX_TERMS} words.")
        if token.kind == "word" and token.plain and token.text.startswith("-") and len(token.text) > 1:
            self._token = _next(self._text, token.start + 1)  # a leading minus is NOT
            return Not(self._unary(depth + 1))
        self._take()
        if token.plain and token.text == "-" and self._token.start == token.end and self._token.kind in ("phrase", "("):
            return Not(self._unary(depth + 1))
        if self._token.kind == ":" and self._token.start == token.end:
            if not _is_address(token, self._text):
                return self._field(token)
            token = self._with_colons(token)
        return _word_text(token) if token.kind == "word" else _phrase_text(token)

    def _field(self, name: _Token) -> Node:
        colon = self._take()
        if name.text == "":
            raise GrammarError(name.start, "A field needs a name before the colon.")
        text, position = self._text, colon.end
        while position < len(text) and text[position] in _SPACE:
            position += 1
        if text[position : position + 1] in ("[", "{"):
            return self._bounds(name, position)
        if text[position : position + 1] in ("<", ">"):
            return self._comparison(name, position)
        value = self._take()
        if value.kind not in ("word", "phrase"):
            raise GrammarError(value.start, f"“{name.text[:40]}:” needs a value.", "Write a word, or quotes around it.")
        value = self._with_colons(value)
        if value.kind == "word" and value.text == "*" and value.stars:
            return Exists(name.text, name.start)
        if value.kind == "phrase":
            return Match(name.text, value.text, exact=True, position=name.start)
        word, prefix, pattern = _split_stars(value)
        return Match(name.text, word, prefix=prefix, position=name.start, pattern=pattern)

    def _with_colons(self, value: _Token) -> _Token:
        """The value with the colons that follow it (12:30, http://x): they do not separate a field here."""
        while value.kind == "word" and self._token.kind == ":" and self._token.start == value.end:
            colon = self._take()
            if self._kind() != "word" or self._token.start != colon.end:
                return _Token("word", value.text + ":", value.start, colon.end, value.stars, False)
            more = self._take()
            stars = (*value.stars, *(len(value.text) + 1 + place for place in more.stars))
            value = _Token("word", f"{value.text}:{more.text}", value.start, more.end, stars, False)
        return value

    def _comparison(self, name: _Token, position: int) -> Node:
        sign = self._text[position]
        included = self._text[position + 1 : position + 2] == "="
        value, after = self._bound(position + 1 + included)
        self._token = _next(self._text, after)
        if sign == "<":
            return Bounds(name.text, None, value, high_included=included, position=name.start)
        return Bounds(name.text, value, None, low_included=included, position=name.start)

    def _bounds(self, name: _Token, start: int) -> Node:
        low, position = self._bound(start + 1)
        word = _next(self._text, position)
        if word.text != "TO" or word.kind != "word":
            raise GrammarError(word.start, "A range is written [low TO high].")
        high, position = self._bound(word.end)
        while position < len(self._text) and self._text[position] in _SPACE:
            position += 1
        if self._text[position : position + 1] not in ("]", "}"):
            raise GrammarError(start, "The range is never closed.", "Write [low TO high].")
        self._token = _next(self._text, position + 1)
        closed_low, closed_high = self._text[start] == "[", self._text[position] == "]"
        return Bounds(name.text, _open(low), _open(high), closed_low, closed_high, name.start)

    def _bound(self, position: int) -> tuple[str, int]:
        """One bound of a range and the index of its end; it may contain colons (times of day)."""
        while position < len(self._text) and self._text[position] in _SPACE:
            position += 1
        if self._text[position : position + 1] == '"':
            token = _phrase(self._text, position)
            return token.text, token.end
        end = position
        while end < len(self._text) and self._text[end] not in _SPACE + '()[]{}"':
            end += 1
        if end == position:
            raise GrammarError(position, "A value is missing here.")
        return self._text[position:end], end


def _open(value: str) -> str | None:
    return None if value == "*" else value


def _is_address(name: _Token, text: str) -> bool:
    """Whether a word and its colon begin a URL (http://…) or a time (12:30) instead of a field."""
    if name.kind != "word" or not name.plain:
        return False
    return text.startswith("//", name.end + 1) or (
        name.text.isdecimal() and text[name.end + 1 : name.end + 2].isdecimal()
    )


def _split_stars(token: _Token) -> tuple[str, bool, tuple[str, ...]]:
    """Value, prefix and pattern of a word."""
    if token.stars == (len(token.text) - 1,):
        return token.text[:-1], True, ()
    if not token.stars:
        return token.text, False, ()
    edges = [-1, *token.stars, len(token.text)]
    return token.text, False, tuple(token.text[low + 1 : high] for low, high in pairwise(edges))


def _word_text(token: _Token) -> Text:
    value, prefix, pattern = _split_stars(token)
    return Text(value, False, prefix, token.start, pattern)


def _phrase_text(token: _Token) -> Text:
    return Text(token.text, phrase=True, position=token.start)


def _unexpected(token: _Token) -> str:
    if token.kind == "end":
        return "Something is missing at the end."
    if token.kind == ":":
        return "A field needs a name before the colon."
    return f"“{token.text[:40]}” cannot stand here."
