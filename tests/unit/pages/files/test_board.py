"""A board file reads as the same values that code has, and an error names its line and what was meant."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages import BOARDS
from pages.files.board import MOST_BYTES, decoded, encoded, json_schema, read, write
from pages.files.problems import BoardFileError, Invalid
from panels.spec import Dashboard, Lines, Panel, Query, Table, View

SMALL = """\
id = "mine"
title = "Mine"
question = "Is it up?"
filters = ["pod"]

[[panels]]
id = "up"  # the only one
title = "Targets"
view = { kind = "lines" }

[[panels.queries]]
expr = '''
sum by (job) (
  up{$filter(pod)}
)'''
legend = "{{job}}"

[[panels]]
id = "load"
title = "Load"
[panels.view]
kind = "tile"
[[panels.queries]]
expr = "node_load1"
"""


def sentences(text: str) -> tuple[str, ...]:
    with pytest.raises(BoardFileError) as caught:
        read(text, "mine.toml")
    return caught.value.sentences


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_every_board_reads_back_from_its_file_as_it_was(board: Dashboard) -> None:
    assert read(write(board), "board.toml") == board


@given(st.text(), st.text(), st.sampled_from([None, 0.0, -1.5, 7]))
def test_any_text_and_number_reads_back(title: str, legend: str, floor: float | None) -> None:
    panel = Panel(id="a", title=title, view=Lines(floor=floor), queries=(Query("up", legend),))
    board = Dashboard("mine", title, "", (panel,))

    assert read(write(board), "board.toml") == board


def test_what_is_left_out_has_the_defaults_of_a_panel() -> None:
    board = read(SMALL, "mine.toml")

    assert board.panels[0].span == 6
    assert board.panels[0].empty_message == "There are no data in this range."
    assert board.panels[0].queries[0].expr == "sum by (job) (\n  up{$filter(pod)}\n)"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('kind = "lines"', 'kind = "line"', "line 9: panel 1: “line” is not known for “kind”. Did you mean “lines”?"),
        ('title = "Load"', 'titles = "Load"', "line 20: panel 2: “titles” is not known. Did you mean “title”?"),
        ('id = "load"', 'id = "up"', "line 19: panel 2: Two panels have the id “up”."),
        ('title = "Load"', 'title = "Load"\nspan = 13', "line 21: panel 2: “span” is 1 to 12, not 13."),
        ('title = "Load"', 'title = "Load"\nspan = "6"', "line 21: panel 2: “span” is a whole number, not “6”."),
        ('title = "Load"', 'title = "Load"\nunit = "second"', "line 21: panel 2: “second” is not known"),
        ("node_load1", "sum(node_load1", "line 24: panel 2: The query cannot be read: "),
        ("node_load1", "rate(a[$__rate_intervall])", "line 24: panel 2: “$__rate_intervall” is not known in a query."),
        ("node_load1", "a{$filter(node)}", "line 24: panel 2: $filter(node) needs “node” among the board's filters."),
        ('["pod"]', '["from"]', "line 4: A label “from” cannot be a filter"),
        ('["pod"]', '["pod"]\nsingle = ["node"]', "line 5: “node” is not among the filters of the board."),
        ('id = "mine"', 'id = "traces"', "line 1: “traces” is the address of another page"),
        ('title = "Mine"', 'title = "Mine', "line 2: this is no TOML: "),
        (
            'title = "Load"',
            'title = "Load"\ndrill = { page = "javascript:alert(1)", label = "" }',
            "line 21: panel 2: “javascript:alert(1)” is not a page of this application",
        ),
        ('question = "Is it up?"', "", "line 1: “question” is missing."),
    ],
)
def test_an_error_has_its_file_its_line_and_a_suggestion(old: str, new: str, sentence: str) -> None:
    text = SMALL.replace(old, new)

    assert any(line.startswith(f"mine.toml, {sentence}") for line in sentences(text)), sentences(text)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_every_board_reads_back_from_yaml(board: Dashboard) -> None:
    assert read(write(board, as_yaml=True), "board.yaml") == board


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "id: mine\ntitle: Mine\nquestion: ''\npanels:\n- id: a\n  titles: A",
            "line 6: panel 1: “titles” is not known.",
        ),
        ("id: mine\n  title: a", "line 2: this is no YAML: mapping values are not allowed"),
        ("a: &a [1]\nb: *a", "line 2: this is no YAML: aliases are not read here."),
        ("a: !!python/object/apply:os.system ['true']", "line 1: this is no YAML: could not determine a constructor"),
        ("[" * 5_000, "line "),
        ("", "line 1: “the file” is a table"),
    ],
)
def test_an_error_in_yaml_has_its_line(text: str, sentence: str) -> None:
    with pytest.raises(BoardFileError) as caught:
        read(text, "mine.yaml")

    assert caught.value.sentences[0].startswith(f"mine.yaml, {sentence}"), caught.value.sentences


def test_every_problem_of_a_file_is_named_at_once() -> None:
    text = SMALL.replace('"lines"', '"lanes"').replace('"tile"', '"tyle"')

    assert len(sentences(text)) == 2


@pytest.mark.parametrize("text", ["{}", "a = " + "[" * 5_000, "\0", "x" * (MOST_BYTES + 1), '{"panels": []}'])
def test_what_is_no_board_is_refused_in_a_sentence(text: str) -> None:
    for sentence in sentences(text):
        assert sentence.startswith("mine.toml")
        assert len(sentence) < 400


def test_a_column_of_a_query_that_is_not_there_is_named() -> None:
    board = read(SMALL, "mine.toml")
    tables = encoded(board)
    tables["panels"][0]["view"] = {"kind": "table", "keys": ["job"], "columns": [{"title": "Up", "query": 1}]}

    with pytest.raises(Invalid, match="There is no query 1: the panel's are 0 to 0"):
        decoded(tables)


def test_the_schema_has_every_kind_of_view_and_refuses_unknown_keys() -> None:
    schema = json.loads(json.dumps(json_schema()))
    kinds = {schema["$defs"][name]["properties"]["kind"]["const"] for name in map(_name, View.__args__)}

    assert {"lines", "label-heatmap", "table"} <= kinds
    assert all(definition["additionalProperties"] is False for definition in schema["$defs"].values())
    assert schema["$defs"]["Panel"]["properties"]["view"]["oneOf"][0] == {"$ref": "#/$defs/Lines"}


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_every_board_fits_the_schema(board: Dashboard) -> None:
    schema = json_schema()

    assert list(_violations(tomllib.loads(write(board)), schema, schema["$defs"])) == []


def test_a_value_that_is_equal_to_its_default_is_not_written() -> None:
    board = BOARDS["overview"]
    panel = replace(board.panels[0], view=Table(("job",), (), top=10))

    assert "top" not in write(replace(board, panels=(panel,)))


def _name(shape: type) -> str:
    return shape.__name__


def _violations(value: Any, schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """The part of JSON Schema that the schema of boards uses."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    choices = schema.get("oneOf", schema.get("anyOf", []))
    if choices and all(list(_violations(value, part, definitions)) for part in choices):
        yield value
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        yield value
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
    if "type" in schema and not isinstance(value, types[schema["type"]]):
        yield value
    elif "type" in schema:
        yield from _inside(value, schema, definitions)


def _inside(value: Any, schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    if schema["type"] == "object":
        yield from (name for name in schema["required"] if name not in value)
        for name, inner in value.items():
            yield from _violations(inner, schema["properties"].get(name, {"const": None}), definitions)
    if schema["type"] == "array":
        for number, item in enumerate(value):
            part = schema["items"] if "items" in schema else schema["prefixItems"][number]
            yield from _violations(item, part, definitions)
