"""What is wrong with a board file, and where."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

Path = tuple[str | int, ...]  # ("panels", 2, "view", "kind")


@dataclass(frozen=True)
class Problem:
    """One sentence about the value at a path."""

    path: Path
    sentence: str


class Invalid(Exception):
    """Values that are not a valid board; `problems` has all of them."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.sentence for problem in problems))
        self.problems = problems


class BoardFileError(Exception):
    """A file that is not a valid board. Each of `sentences` begins with the file's name and the line."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of the value at the path, or of the closest value around it; 1 if there is none."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def suggestion(word: str, known: Collection[str]) -> str:
    """“Did you mean …?” for a word that is close to a known one, else the known words."""
    close = difflib.get_close_matches(word.lower(), known, 1, 0.6)
    return f"Did you mean “{close[0]}”?" if close else f"Known are: {', '.join(sorted(known))}."
