"""A board ↔ the text of its file."""

from __future__ import annotations

import re
from typing import Any, Final

import tomli

from pages.files import checks, toml_text, yaml_text
from pages.files.codec import Codec
from pages.files.derivations import DERIVATIONS
from pages.files.problems import BoardFileError, Invalid, Problem, line_of
from pages.files.schema import schema
from pages.files.toml_lines import toml_lines
from panels.spec import Dashboard

YAML: Final = (".yaml", ".yml")
MOST_BYTES: Final = 2**20
CODEC: Final = Codec(DERIVATIONS)
_PLACE: Final = re.compile(r"(?P<sentence>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)")


def read(text: str, name: str) -> Dashboard:
    """The board in the text of a file with that name. Raises BoardFileError with a sentence for each problem."""
    if len(text) > MOST_BYTES:
        raise BoardFileError((f"{name}: a board file has {MOST_BYTES:,} characters at most, not {len(text):,}.",))
    is_yaml = name.endswith(YAML)
    content = _yaml(text, name) if is_yaml else _toml(text, name)
    try:
        return decoded(content)
    except Invalid as invalid:
        lines = yaml_text.lines(text) if is_yaml else toml_lines(text)
        sentences = (
            f"{name}, line {line_of(lines, problem.path)}: {_sentence(problem)}" for problem in invalid.problems
        )
        raise BoardFileError(tuple(dict.fromkeys(sentences))) from None


def _toml(text: str, name: str) -> Any:
    try:
        return tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise BoardFileError((_syntax(error, text, name),)) from None


def _yaml(text: str, name: str) -> Any:
    try:
        return yaml_text.loads(text)
    except yaml_text.YamlError as error:
        raise BoardFileError((f"{name}, line {error.line}: this is no YAML: {error.sentence}",)) from None


def decoded(content: Any) -> Dashboard:
    """The board that tables of a file describe. Raises Invalid."""
    board: Dashboard = CODEC.decode(Dashboard, content)
    if problems := tuple(checks.problems(board)):
        raise Invalid(*problems)
    return board


def encoded(board: Dashboard) -> dict[str, Any]:
    """The board as tables of a file."""
    tables: dict[str, Any] = CODEC.encode(board, Dashboard)
    return tables


def write(board: Dashboard, *, as_yaml: bool = False) -> str:
    """The text of a file that reads as this board."""
    return yaml_text.dumps(encoded(board)) if as_yaml else toml_text.toml(encoded(board))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a board file."""
    return schema(Dashboard, DERIVATIONS)


def _syntax(error: Exception, text: str, name: str) -> str:
    match = _PLACE.fullmatch(str(error))
    if match is None:
        return f"{name}: this is no TOML: {str(error)[:200]}."
    line = match["line"] or text.count("\n") + 1
    return f"{name}, line {line}: this is no TOML: {match['sentence'][:200]}."


def _sentence(problem: Problem) -> str:
    if len(problem.path) > 1 and problem.path[0] == "panels":
        return f"panel {int(problem.path[1]) + 1}: {problem.sentence}"
    return problem.sentence
