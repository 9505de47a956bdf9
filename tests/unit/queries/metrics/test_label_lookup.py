"""Values of a filter are asked in deployed names, and offered in canonical ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from queries.core.deadline import Deadline
from queries.core.time_range import Window
from queries.metrics.label_lookup import canonical_values, series_with_label
from queries.metrics.profile import CODEAGENT, Deployed, Join, Part, Profile
from tests.formula import Formula

TOKENS, CALLS = "codeagent_llm_tokens_total", "codeagent_llm_requests_total"


@dataclass
class Labels(Formula):
    """A backend with values by label and selector."""

    values: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        return self.values.get((label, match), ())


def offered(
    part: Part, label: str, values: Mapping[tuple[str, str], tuple[str, ...]], jobs: tuple[str, ...] = ()
) -> object:
    profile = Profile("x", {TOKENS: Deployed((part,), jobs=jobs)})
    return canonical_values(Labels([0.0], values=values), profile, label, TOKENS, Window(0, 60, 15), Deadline.after(1))


@pytest.mark.parametrize(
    ("part", "values", "expected"),
    [
        (Part(("t",)), {("model", "t{}"): ("b", "a")}, ("a", "b")),
        (Part(("t",), constants={"model": "m"}), {}, ("m",)),
        (Part(("t",), where='x="1"'), {("model", 't{x="1"}'): ("a",)}, ("a",)),
        (
            Part(("t",), labels={"model": ("alias", "id")}),
            {("alias", "t{}"): ("a",), ("id", 't{alias=""}'): ("7",), ("id", "t{}"): ("7", "8")},
            ("7", "a"),
        ),
        (
            Part(("t",), labels={"model": ("alias", "id")}, unset={"model": "None"}),
            {("alias", "t{}"): ("a", "None"), ("id", 't{alias=~"|None"}'): ("7", "None")},
            ("(no model)", "7", "a"),
        ),
        (Part(("t",), labels={"model": (Join("info", "id", "name"),)}), {("name", "info{}"): ("a",)}, ("a",)),
        (Part(("t",), labels={"model": ()}), {("model", "t{}"): ("a",)}, ()),
        (
            Part(("t",), labels={"model": ("m",)}, values={"model": {"a": ("A", "Á")}}),
            {("m", "t{}"): ("A", "b")},
            ("a", "b"),
        ),
    ],
)
def test_values_come_from_the_sources_of_a_label(
    part: Part, values: Mapping[tuple[str, str], tuple[str, ...]], expected: tuple[str, ...]
) -> None:
    assert offered(part, "model", values) == expected


def test_deployments_are_the_values_of_job() -> None:
    assert offered(Part(("t",)), "job", {}, jobs=("b", "a")) == ("a", "b")


def test_a_label_is_looked_up_on_a_metric_that_has_it() -> None:
    lacking = Deployed((Part(("calls",), labels={"model": ()}),))
    profile = Profile("x", {CALLS: lacking, TOKENS: Deployed((Part(("t",)),))})
    assert series_with_label(profile, "model", CALLS) == TOKENS
    assert series_with_label(CODEAGENT, "model", CALLS) == CALLS
