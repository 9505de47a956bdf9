"""Matchers for labels whose text can mean that there is no value."""

from __future__ import annotations

import re

import pytest

from queries.metrics.matching import absent, has_value, other_than


@pytest.mark.parametrize("unset", ["None", "-", "n/a", "(unknown)", "a]b"])
def test_everything_but_nothing_and_the_text_is_matched(unset: str) -> None:
    pattern = other_than(unset)
    others = ["x", "none", "key", unset + "s", "x" + unset, *(unset[:length] for length in range(1, len(unset)))]

    assert [other for other in others if not re.fullmatch(pattern, other)] == []
    assert not re.fullmatch(pattern, unset)
    assert not re.fullmatch(pattern, "")


def test_a_label_counts_as_absent_where_its_text_means_so() -> None:
    assert absent(["a", "b"]) == ['a=""', 'b=""']
    assert absent(["a"], "None") == ['a=~"|None"']
    assert has_value("a") == 'a!=""'
    assert has_value("a", "None") == 'a!~"|None"'
