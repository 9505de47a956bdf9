"""The log page over real files: lists, facets, chart, ways out of an empty list, context, one request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pages.logs import context as log_context
from pages.logs import page as logs
from pages.page_url import PageUrl, parse_url
from pages.session import Session, Stores
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.logs.types import Paging
from queries.metrics.stats import Stats
from queries.stores.query_cache import QueryCache
from queries.traces.types import Span, Trace, TraceList
from tests.unit.pages import logs_kit as kit


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Session]:
    kit.write(tmp_path)
    session = kit.session(tmp_path)
    yield session
    session.need_logs().close()


def parts(stores: Session, **query: Any) -> dict[str, str]:
    return {name: str(html) for name, html in logs.render(kit.url(query), stores).parts.items()}


def detail_of(url: PageUrl, stores: Session, line_id: str, *, whole: bool = False) -> str:
    line = stores.need_logs().line(line_id, stores.deadline)
    return str(log_context.detail(url, line, whole=whole))


def hrefs(html: str) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(href.replace("&amp;", "&")).query) for href in re.findall(r'href="([^"]*)"', html)]


def test_a_page_holds_form_facets_chart_and_a_hundred_lines(stores: Session) -> None:
    page = parts(stores)
    assert page["list"].count('class="log-line"') == 100
    assert "135 lines" in page["list"]
    assert 'data-brush=""' in page["chart"]
    assert f'data-start="{kit.START * 1000 // 10_000 * 10_000}"' in page["chart"]
    assert "/v1/chat" in page["facets"]
    assert 'name="q"' in page["form"]


def test_the_next_page_continues_where_the_first_ended(stores: Session) -> None:
    following = next(query["cursor"][0] for query in hrefs(parts(stores)["list"]) if "cursor" in query)
    second = parts(stores, cursor=following)["list"]
    assert second.count('class="log-line"') == 35
    assert "Back" in second


def test_lines_read_in_the_order_that_was_asked_for(stores: Session) -> None:
    newest, oldest = (re.findall(r'data-ms="(\d+)"', parts(stores, sort=sort)["list"]) for sort in ("newest", "oldest"))
    assert newest == sorted(newest, reverse=True)
    assert oldest == sorted(oldest)


def test_links_of_boards_become_filters(stores: Session) -> None:
    page = parts(stores, endpoint="/v1/chat", level=["Error", "Fatal"])
    assert "10 lines" in page["list"]
    assert "endpoint" in page["form"]


def test_a_trace_of_a_link_narrows_to_its_lines(stores: Session) -> None:
    assert "2 lines" in parts(stores, trace=kit.TRACE)["list"]


def test_chosen_columns_show_a_field_of_every_line(stores: Session) -> None:
    html = parts(stores, cols="Endpoint,Status", level="Error")["list"]
    assert html.count('data-name="Endpoint">/v1/chat<') == 10
    assert html.count('data-name="Status">500<') == 10


def test_hostile_text_is_text_and_shows_its_invisible_characters(stores: Session) -> None:
    html = parts(stores, level="Warning")["list"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "␛[31m" in html
    assert "⟨202E⟩" in html


def test_a_list_stays_small_however_long_its_lines_are(stores: Session) -> None:
    assert len(parts(stores, level="Warning")["list"]) < 20_000


def test_an_error_in_the_search_is_shown_below_the_box_with_its_place(stores: Session) -> None:
    page = parts(stores, q="level:error (a")
    assert "<pre>level:error <mark>(</mark>a</pre>" in page["list"]
    assert 'value="level:error (a"' in page["form"]


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("Endpoi:x", "Did you mean Endpoint?"),
        ("endpoint:x", "Did you mean Endpoint?"),
        ("Endpiont:x OR -(Endpiont:y)", "Did you mean Endpoint?"),
        ("Zzz:1", "No line in this range has a field “Zzz”."),
    ],
)
def test_a_field_that_no_line_has_is_said_with_what_may_be_meant(stores: Session, typed: str, hint: str) -> None:
    html = logs.render(kit.url({"q": f"{typed} nothingatall"}), stores).parts["list"]
    assert hint in html
    known = logs.render(kit.url({"q": "Endpoint:x level:Error"}), stores).parts["list"]
    assert "No line in this range has a field" not in known


def test_an_empty_list_says_what_to_loosen(stores: Session) -> None:
    html = parts(stores, q="zebra", level="Error", f="Status:200")["list"]
    ways = hrefs(html)
    assert "No lines match." in html
    assert any("q" not in query and query.get("level") == ["Error"] for query in ways)
    assert any("level" not in query and query.get("q") == ["zebra"] for query in ways)
    assert any("f" not in query and query.get("q") == ["zebra"] for query in ways)


def test_the_legend_switches_a_level(stores: Session) -> None:
    links = hrefs(parts(stores)["chart"])
    assert any(query.get("level") == ["Error"] for query in links)
    assert all("level" not in query for query in hrefs(parts(stores, level="Error")["chart"]))


def test_bars_that_the_range_cuts_are_marked(stores: Session) -> None:
    whole = parts(stores, **{"from": str(kit.START // 600 * 600), "to": str(kit.START // 600 * 600 + 1200)})["chart"]
    cut = parts(stores, **{"from": str(kit.START + 3), "to": str(kit.START + 598)})["chart"]
    assert "log-part" not in whole
    assert cut.count("log-part") == 2
    assert "only a part of this bar" in cut


def test_any_other_field_can_be_counted(stores: Session) -> None:
    assert "=1+1" in parts(stores, facet="Cell")["facets"]


def test_patterns_count_lines_and_lead_to_them(stores: Session) -> None:
    html = parts(stores, view="patterns")["list"]
    assert "130" in html
    link = next(query for query in hrefs(html) if query["f"] == ["template:{Endpoint} answered {Status}"])
    assert "view" not in link
    assert "130 lines" in parts(stores, f=link["f"])["list"]


@pytest.mark.parametrize(
    "text", ["User 17 failed from 10.0.0.1", 'version ("1.0.0", < 2.1.0) falls', "took 12 ms, a \\ and 3 (of 4)"]
)
def test_a_pattern_that_was_found_leads_to_its_lines(tmp_path: Path, text: str) -> None:
    kit.write(tmp_path, [kit.line(1, text), kit.line(2, "something else")])
    session = kit.session(tmp_path)
    link = next(query for query in hrefs(parts(session, view="patterns")["list"]) if "else" not in str(query))
    assert "1 line" in parts(session, q=link["q"])["list"]


def test_what_is_different_names_the_endpoint_of_the_errors_and_not_the_question(stores: Session) -> None:
    html = parts(stores, view="different", level="Error")["list"]
    assert "100 % of these" in html
    assert any("Endpoint:/v1/chat" in query.get("f", []) for query in hrefs(html))
    assert not any("level:Error" in query.get("f", []) for query in hrefs(html))


def test_what_is_different_asks_for_a_choice_first(stores: Session) -> None:
    assert "Choose some lines first." in parts(stores, view="different")["list"]


def line_id(stores: Session, **query: Any) -> str:
    html = parts(stores, **query)["list"]
    return re.findall(r'data-line="([^"]*)"', html)[0]


def test_an_opened_line_has_its_exception_its_fields_and_filters(stores: Session) -> None:
    detail = str(detail_of(kit.url(), stores, line_id(stores, level="Error")))
    filters = [query["f"] for query in hrefs(detail) if "f" in query]
    assert "answer.py:line 12" in detail
    assert ["Endpoint:/v1/chat"] in filters
    assert ["-Endpoint:/v1/chat"] in filters
    assert any(query.get("cols") == ["Endpoint"] for query in hrefs(detail))


def test_an_opened_line_leads_to_its_trace_its_request_and_its_neighbours(stores: Session) -> None:
    links = hrefs(str(detail_of(kit.url(), stores, line_id(stores, q="Asked"))))
    assert any(query.get("id") == [kit.TRACE] and query.get("span") == ["b7ad6b7169203331"] for query in links)
    assert any(query.get("correlation") == [kit.REQUEST] for query in links)
    assert any("line" in query for query in links)


def test_a_huge_line_is_cut_until_all_of_it_is_asked_for(stores: Session) -> None:
    identifier = line_id(stores, q="Long")
    short = str(detail_of(kit.url(), stores, identifier))
    whole = str(detail_of(kit.url(), stores, identifier, whole=True))
    assert "characters)" in short
    assert len(short) < 40_000
    assert "x" * 1_000_000 in whole


def test_filters_of_a_line_without_a_range_look_round_the_line(stores: Session) -> None:
    plain = parse_url("/logs", {}, kit.NOW)
    links = hrefs(str(detail_of(plain, stores, line_id(stores, q="Asked"))))
    assert any("f" in query and int(query["from"][0]) < kit.START + 500 < int(query["to"][0]) for query in links)


def test_context_shows_the_lines_round_a_line_and_offers_more(stores: Session) -> None:
    identifier = line_id(stores, level="Error")
    html = parts(stores, line=identifier, around="file", before="5", after="5")["list"]
    assert html.count('data-line="') == 11
    assert html.count("log-line here") == 1
    assert any(query.get("before") == ["20"] for query in hrefs(html))


def test_context_of_a_request_holds_only_its_lines(stores: Session) -> None:
    html = parts(stores, line=line_id(stores, q="Asked"), around="correlation")["list"]
    assert html.count('data-line="') == 2


class Traces:
    """A trace store that knows one trace."""

    name = "traces"

    def __init__(self, *spans: Span) -> None:
        self.spans = spans

    def traces(self, trace_ids: Sequence[str], deadline: Deadline) -> TraceList:
        return TraceList(tuple(Trace(trace_id, self.spans) for trace_id in trace_ids if self.spans))


def span(name: str, second: float) -> Span:
    return Span(kit.TRACE, f"{name}0000000", "", name, "Gateway", int((kit.START + second) * 1e9), 200_000_000)


def test_a_request_interleaves_lines_and_spans_of_all_services(tmp_path: Path) -> None:
    kit.write(tmp_path)
    html = parts(kit.session(tmp_path, Traces(span("first", 500), span("second", 500.2))), correlation=kit.REQUEST)[
        "list"
    ]
    places = [html.index(text) for text in (">first<", ">Asked<", ">second<", ">Sent<")]
    assert places == sorted(places)
    assert "Worker" in html
    assert "2 spans" in html


def test_a_request_without_its_spans_says_that_traces_are_a_sample(tmp_path: Path) -> None:
    kit.write(tmp_path)
    html = parts(kit.session(tmp_path, Traces()), correlation=kit.REQUEST)["list"]
    assert "were not kept" in html or "was not kept" in html
    assert "2 lines" in html


def test_an_unknown_id_says_that_nothing_carries_it(stores: Session) -> None:
    assert "Nothing carries this id." in parts(stores, correlation="nothing")["list"]


def test_without_a_store_the_page_says_which_setting_is_missing() -> None:
    with pytest.raises(InvalidInput, match="CODEAGENT_LOGS_DIR"):
        logs.render(kit.url(), Stores(QueryCache(Stats())).session())


def test_paging_of_the_store_is_what_the_list_shows(stores: Session) -> None:
    page = stores.need_logs().search(kit.query(), Paging(3), Deadline.after(5))
    assert [line.id for line in page.lines] == re.findall(r'data-line="([^"]*)"', parts(stores)["list"])[:3]
