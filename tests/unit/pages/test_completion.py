"""What the search box offers at the cursor."""

from __future__ import annotations

import pytest

from pages.completion import Suggestions, suggest
from queries.search.grammar import Match, parse
from queries.search.results import Facet, FacetValue, FieldInfo

FIELDS = [FieldInfo(name) for name in ("level", "service", "ServiceVersion", "Endpoint", "odd name", "OR")]
VALUES = {"level": ("Error", "Warning"), "Endpoint": ("/v1/chat", "two words", 'a"quote'), "odd name": ("1",)}


def offered(text: str, cursor: int | None = None) -> Suggestions:
    def values(field: str, prefix: str) -> Facet:
        fitting = [value for value in VALUES.get(field, ()) if value.lower().startswith(prefix.lower())]
        return Facet(field, tuple(FacetValue(value, 1) for value in fitting))

    return suggest(text, len(text) if cursor is None else cursor, lambda: FIELDS, values)


def labels(text: str, cursor: int | None = None) -> list[str]:
    return [item.label for item in offered(text, cursor).items]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lev", ["level"]),
        ("timeout lev", ["level"]),
        ("(lev", ["level"]),
        ("-lev", ["level"]),
        ("ver", ["ServiceVersion"]),
        ("ser", ["service", "ServiceVersion"]),
        ("level:", ["Error", "Warning"]),
        ("level:w", ["Warning"]),
        ("-level:w", ["Warning"]),
        ("NOT (level:w", ["Warning"]),
        ('Endpoint:"/v', ["/v1/chat"]),
        ('Endpoint:"two w', ["two words"]),
        ("odd\\ name:", ["1"]),
        ('"some words', []),
        ("Duration:>", []),
        ("Duration:[1", []),
        ("zzz", []),
    ],
)
def test_offers_what_may_follow(text: str, expected: list[str]) -> None:
    assert labels(text) == expected


def test_only_what_stands_before_the_cursor_counts() -> None:
    assert labels("lev AND service:x", 3) == ["level"]


@pytest.mark.parametrize("text", ["lev", "a -lev", "Endpoint:t", 'Endpoint:"t', "Endpoint:a", "odd", "OR"])
def test_what_is_chosen_can_be_understood(text: str) -> None:
    suggestions = offered(text)
    chosen = text[: suggestions.start] + suggestions.items[0].text
    assert parse(chosen if not chosen.endswith(":") else chosen + "x") is not None


def test_a_value_with_a_quotation_mark_is_found_again_as_it_is() -> None:
    suggestions = offered("Endpoint:a")
    assert parse("Endpoint:" + suggestions.items[0].text) == Match("Endpoint", 'a"quote', exact=True)


@pytest.mark.parametrize("text", ["", "\\", '"', ":", "a:\\", '-"', "((((", "a" * 3000])
def test_anything_may_be_typed(text: str) -> None:
    for cursor in (0, len(text), len(text) + 5):
        offered(text, cursor)
