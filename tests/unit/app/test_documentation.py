"""The monitoring guide says what is true now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.cli import settings_table
from app.contract_table import contract_table
from app.rules.markdown import alert_table
from pages import BOARDS, websocket
from queries.core.time_range import Window
from queries.metrics import profile_file as profile
from queries.metrics.promql import expand

ROOT = Path(__file__).resolve().parents[3]
ALERTING = ROOT / "docs" / "alerting.md"
CONTRACT = ROOT / "docs" / "contract.md"
GUIDE = (ROOT / "docs" / "monitoring-guide.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "alerts").rglob("*.md")])


def test_every_setting_stands_in_the_guide_with_its_default_and_reason() -> None:
    table = re.search(r"<!-- settings.*?-->\n(.*?)<!-- end of settings -->", GUIDE, re.DOTALL)

    assert table is not None
    assert table[1] == settings_table(), "run make docs"


def test_every_alert_stands_in_the_guide_to_alerting() -> None:
    table = re.search(r"<!-- alerts.*?-->\n(.*?)<!-- end of alerts -->", ALERTING.read_text(), re.DOTALL)

    assert table is not None
    assert table[1] == alert_table(), "run make docs"


def test_every_metric_of_the_contract_stands_in_its_document() -> None:
    table = re.search(r"<!-- metrics.*?-->\n(.*?)<!-- end of metrics -->", CONTRACT.read_text(), re.DOTALL)

    assert table is not None
    assert table[1] == contract_table(), "run make docs"


def test_boards_named_in_addresses_exist() -> None:
    for address in re.findall(r"/kiosk\?boards=([\w,-]+)", GUIDE):
        assert set(address.split(",")) <= BOARDS.keys()
    for board, panel in re.findall(r"/embed/([a-z-]+)/([a-z-]+)", GUIDE):
        BOARDS[board].panel(panel)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        assert (document.parent / link).exists(), link


def test_every_test_and_benchmark_that_the_specification_names_exists() -> None:
    text = (ROOT / "docs" / "specification.md").read_text()
    tests = re.findall(r"\btests/[\w/.]+", text)
    benchmarks = re.findall(r"-m bench\.(\w+)", text)

    assert tests
    assert [name for name in tests if not (ROOT / name).exists()] == []
    assert [name for name in benchmarks if not (ROOT / "bench" / f"{name}.py").exists()] == []


def test_the_panel_that_contributors_begin_with_is_valid() -> None:
    """By the names of the module that it is put into."""
    block = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    assert block is not None
    (panel,) = eval(f"({block[1]})", vars(websocket))

    assert panel.id not in {known.id for known in BOARDS["websocket"].panels}
    assert panel.span == 12
    assert panel.description.endswith(".")
    for name in profile.shipped():
        assert "$" not in expand(panel.queries[0].expr, Window(0, 3_600, 15), {}, profile.load(name))
