"""Fragments are read as the browser reads them."""

from __future__ import annotations

from panels.fragment import parse
from panels.markup import tag


def test_text_attributes_and_classes_are_those_that_were_written() -> None:
    written = tag("div", tag("b", "<x> &"), " and ", tag("i", "more"), class_="a b", data_status="good")
    element = parse(str(written)).elements[0]
    assert (element.name, element.classes, element.text) == ("div", ["a", "b"], "<x> & and more")
    assert element.attributes["data-status"] == "good"


def test_elements_are_found_by_class_at_any_depth() -> None:
    root = parse('<div><p><span class="n">1</span></p><br><span class="n">2</span></div>')
    assert [element.text for element in root.with_class("n")] == ["1", "2"]
    first = root.first("n")
    assert first is not None
    assert first.text == "1"
    assert root.first("absent") is None


def test_an_end_without_a_beginning_is_passed_over() -> None:
    assert parse("<p>a</b></p>c").text == "ac"
