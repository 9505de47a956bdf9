"""Where a value of a TOML file is written. `tomli` gives values without their lines, so the text is read once more.

Only for a text that `tomli` accepts. Values inside a list or table of one line have the line on which that begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pages.files.problems import Path

_TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<text>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<newline>\n)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<mark>[=.,])|(?P<word>[^\s\[\]{}=.,#"']+)""",
    re.VERBOSE | re.DOTALL,
)


def toml_lines(text: str) -> Mapping[Path, int]:
    """The line of every value, by its path."""
    scanner = _Scanner()
    line = 1
    for match in _TOKEN.finditer(text):
        scanner.read(str(match.lastgroup), match[0], line)
        line += match[0].count("\n")
    scanner.read("newline", "\n", line)
    return scanner.lines


class _Scanner:
    """Reads tokens in order: headers open a table, keys stand before an equals sign, values are skipped."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self._table: Path = ()
        self._statement: list[str] = []
        self._brackets = 0  # of a header
        self._depth = 0  # inside a value
        self._in_value = False
        self._counts: dict[Path, int] = {}  # tables so far, of lists of tables

    def read(self, kind: str, text: str, line: int) -> None:
        """Take one token of the text, which begins on that line."""
        if kind == "newline":
            if not self._depth:
                self._end(line)
        elif self._in_value:
            self._depth += (kind == "open") - (kind == "close")
        elif kind == "open":
            self._brackets += 1
        elif kind == "mark" and text == "=":
            self._in_value = True
            self.lines.setdefault((*self._table, *self._statement), line)
        elif kind in ("word", "text"):
            self._statement.append(text.strip("\"'") if kind == "text" else text)

    def _end(self, line: int) -> None:
        if self._brackets:
            self._header(self._resolve(self._statement), line)
        self._statement, self._in_value, self._brackets = [], False, 0

    def _resolve(self, names: list[str]) -> Path:
        """The path of a header: a name of a list of tables means its newest table; the last name is left as it is."""
        path: Path = ()
        for name in names[:-1]:
            path = (*path, name)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return (*path, *names[-1:])

    def _header(self, path: Path, line: int) -> None:
        if self._brackets == 2:
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            self.lines.setdefault(path, line)
            path = (*path, number)
        self._table = path
        self.lines[path] = line
