"""The search box: whatever is typed is understood or refused with its place; values travel as values."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queries.logs.types import LogQuery
from queries.search.grammar import (
    BooleanGroup,
    Bounds,
    Exists,
    GrammarError,
    Match,
    Node,
    Not,
    Text,
    parse,
    quote,
    quote_field,
)
from queries.search.results import Filter, Range
from queries.stores.duckdb.log_fields import LogFields
from queries.stores.duckdb.log_fields import condition as log_condition
from queries.stores.duckdb.log_table import create as create_lines
from queries.stores.duckdb.trace_fields import condition as trace_condition
from queries.stores.duckdb.trace_table import create as create_spans
from queries.stores.values import instant
from queries.traces.types import TraceQuery

WHOLE = Range(0, 2**62)
# What people and their clipboards type: operators, quotes, brackets, field names, and anything else.
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["AND", "OR", "NOT", "(", ")", '"', ":", "*", "\\", "[", "]", "{", "}", "TO", "<", ">", ">=", "-", " ",
             "level:", "status:500", "duration:>", "name:*", "time:", "'", ";", "--", "%", "_", "/", "\x00"]
        ),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ("", None),
        ("  ", None),
        ("timeout", Text("timeout", position=0)),
        ('"rate limit"', Text("rate limit", phrase=True, position=0)),
        ("time*", Text("time", prefix=True, position=0)),
        ("level:error", Match("level", "error", position=0)),
        ('Endpoint:"/v1/chat"', Match("Endpoint", "/v1/chat", exact=True, position=0)),
        ("name:chat*", Match("name", "chat", prefix=True, position=0)),
        ("name:*", Exists("name", 0)),
        ("at:12:30", Match("at", "12:30", position=0)),
        ("*ception", Text("*ception", pattern=("", "ception"))),
        ("a*b*", Text("a*b*", pattern=("a", "b", ""))),
        ("name:*ai", Match("name", "*ai", pattern=("", "ai"))),
        ("url:http*://x*y", Match("url", "http*://x*y", pattern=("http", "://x", "y"))),
        (r"name:a\*b", Match("name", "a*b")),
        ("http://host:80/x?y=1", Text("http://host:80/x?y=1")),
        ("12:30:05", Text("12:30:05")),
        ("ms:>250", Bounds("ms", "250", None, low_included=False, position=0)),
        ("ms:<=250", Bounds("ms", None, "250", high_included=True, position=0)),
        ("ms:[1 TO 10}", Bounds("ms", "1", "10", True, False, 0)),
        ("ms:[* TO 10]", Bounds("ms", None, "10", position=0)),
        ("NOT a", Not(Text("a", position=4))),
        ("-a", Not(Text("a", position=1))),
        (r"\-a", Text("-a", position=0)),
        ("a b", BooleanGroup("AND", (Text("a", position=0), Text("b", position=2)))),
        ("a OR b", BooleanGroup("OR", (Text("a", position=0), Text("b", position=5)))),
    ],
)
def test_what_is_typed_means(typed: str, tree: Node | None) -> None:
    assert parse(typed) == tree


def test_and_binds_stronger_than_or() -> None:
    parsed = parse("a b OR c")
    assert isinstance(parsed, BooleanGroup)
    assert parsed.word == "OR"
    assert parse("a (b OR c)") != parsed


@pytest.mark.parametrize(
    ("typed", "position"),
    [('"open', 0), ("name:", 5), (":x", 0), ("(a", 0), ("a)", 1), ("()", 1), ("a OR", 4), ("ms:[1 TO", 8), ("a\\", 1),
     ("ms:[1 10]", 6), ("AND a", 0), ("x" * 2_001, 2_000)],
)  # fmt: skip
def test_an_error_points_at_the_character(typed: str, position: int) -> None:
    with pytest.raises(GrammarError) as caught:
        parse(typed)
    assert caught.value.position == position
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize("typed", ["(" * 40 + "a" + ")" * 40, "NOT " * 40 + "a", " ".join(["a"] * 201)])
def test_depth_and_number_are_limited(typed: str) -> None:
    with pytest.raises(GrammarError, match="More than"):
        parse(typed)


@given(PIECES)
@example("\\")
@example('a:"')
@example("NOT -")
def test_anything_is_understood_or_refused_with_its_place(typed: str) -> None:
    try:
        parse(typed)
    except GrammarError as error:
        assert 0 <= error.position <= len(typed)


@given(st.text(max_size=60))
def test_a_quoted_value_comes_back(value: str) -> None:
    parsed = parse(f"f:{quote(value)}")
    assert isinstance(parsed, Match)
    assert parsed.value == value


@given(st.text(min_size=1, max_size=60))
def test_a_quoted_field_comes_back(name: str) -> None:
    parsed = parse(f'{quote_field(name)}:"x"')
    assert isinstance(parsed, Match)
    assert parsed.field == name


class Tables:
    """Both tables, empty, to see that a condition is one."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        create_lines(self, ("Endpoint",))  # type: ignore[arg-type]
        create_spans(self)  # type: ignore[arg-type]

    def write(self, statement: str) -> None:
        self.connection.execute(statement)

    def runs(self, table: str, where: str, values: tuple[object, ...]) -> bool:
        self.connection.execute(f"SELECT count(*) FROM {table} WHERE {where}", list(values)).fetchall()
        return True


TABLES = Tables()
MARK = "zq9x"  # no statement of ours holds it


@pytest.mark.slow
@given(PIECES, st.text(max_size=10))
def test_whatever_is_understood_runs_as_sql(typed: str, value: str) -> None:
    filters = (Filter(value or "x", (value,)), Filter("level", (), negated=True))
    try:
        lines = log_condition(LogQuery(WHOLE, typed, ("Error",), filters), LogFields(("Endpoint",)))
        spans = trace_condition(TraceQuery(WHOLE, text=typed, filters=filters, status="error", min_ns=1))
    except GrammarError:
        return
    assert TABLES.runs("lines", lines.text, lines.values)
    assert TABLES.runs("spans", spans.text, spans.values)


@pytest.mark.parametrize(
    "typed",
    [MARK, f'"{MARK} x"', f"{MARK}:a", f"a:{MARK}", f'a:"{MARK}"', f"{MARK}*", f"a:{MARK}*", f"{MARK}:*", f"-{MARK}",
     f"a:[{MARK} TO {MARK}]", f"{MARK}:>5", f"level:{MARK}", f"duration:{MARK}", f"message:{MARK}"],
)  # fmt: skip
def test_nothing_typed_is_part_of_a_statement(typed: str) -> None:
    lines = log_condition(LogQuery(WHOLE, typed, (MARK,), (Filter(MARK, (MARK,)),)), LogFields())
    spans = trace_condition(TraceQuery(WHOLE, MARK, MARK, text=typed, filters=(Filter(MARK, (MARK,)),)))
    assert MARK not in lines.text
    assert MARK not in spans.text


@pytest.mark.parametrize("typed", ["time:>yesterday", "x time:[2026-01-01 TO soon]"])
def test_a_time_that_is_none_is_pointed_at(typed: str) -> None:
    for compile_it in (
        lambda: log_condition(LogQuery(WHOLE, typed), LogFields()),
        lambda: trace_condition(TraceQuery(WHOLE, text=typed)),
    ):
        with pytest.raises(GrammarError, match="is not a valid time") as caught:
            compile_it()
        assert caught.value.position == typed.index("time")


@pytest.mark.parametrize(
    "typed", ["2026-12-01", "2026-12-01T10:00", "2026-12-01T10:00+02:00", "2026-12-01T10:00:05.5Z"]
)
def test_times_are_understood_with_and_without_seconds_and_offset(typed: str) -> None:
    parsed = instant(typed)
    assert parsed is not None
    assert parsed > 1_796_000_000 * 10**9


def test_a_minus_before_a_phrase_or_a_group_excludes_it() -> None:
    assert isinstance(parse('-"rate limit"'), Not)
    assert isinstance(parse("-(a OR b)"), Not)
    assert not isinstance(parse("- a"), Not)
