"""Board files in YAML: the same tables as in TOML, with the line of each value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from pages.files.problems import Path

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_DEPTH: Final = 20


class YamlError(Exception):
    """A text that is no YAML of a board; `line` counts from 1."""

    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(sentence)
        self.sentence, self.line = sentence, line


def loads(text: str) -> Any:
    """The content of a file. Raises YamlError; aliases are refused, since a few lines of them can fill any memory."""
    try:
        for event in yaml.parse(text, _Loader):
            if isinstance(event, yaml.AliasEvent):
                raise YamlError("aliases are not read here.", _line(event.start_mark))
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        line = _line(getattr(error, "problem_mark", None))
        raise YamlError(f"{getattr(error, 'problem', None) or error}.", line) from None
    except (ValueError, RecursionError) as error:
        raise YamlError(f"{str(error)[:200]}.", 1) from None


def lines(text: str) -> Mapping[Path, int]:
    """The line of every value, by its path; for a text that `loads` accepts."""
    node = yaml.compose(text, _Loader)
    return dict(_lines(node, (), _MOST_DEPTH)) if node is not None else {}


def dumps(content: Mapping[str, Any]) -> str:
    """The text of a file."""
    return str(yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=120))


def _line(mark: Any) -> int:
    return mark.line + 1 if mark else 1


def _lines(node: Any, path: Path, depth: int) -> Iterator[tuple[Path, int]]:
    if not depth:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, str(key.value)), key.start_mark.line + 1
            yield from _lines(value, (*path, str(key.value)), depth - 1)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield (*path, number), value.start_mark.line + 1
            yield from _lines(value, (*path, number), depth - 1)
