"""The command writes whole files only, reports each panel, and refuses what is no dashboard in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.grafana.importing.command import ImportOptions, import_files
from app.grafana.importing.reading import MOST_BYTES
from app.settings import Settings, SettingsError
from pages.files.board import read
from tests.unit.app.grafana.importing.import_kit import panel, source

SETTINGS = Settings()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_bytes(source(panel("sum(up)"), panel(plugin="unknown-panel")))
    return path


def run(*files: Path, **options: Any) -> tuple[int, str, Any]:
    lines: list[str] = []
    code = import_files(SETTINGS, files, ImportOptions(**options), lines.append)
    text = "".join(lines)
    return code, text, json.loads(text.splitlines()[-1])


def test_the_report_has_a_line_for_each_panel_and_ends_with_json(file: Path, tmp_path: Path) -> None:
    code, text, summary = run(file, folder=tmp_path / "out")

    assert code == 0
    assert "  kept    Up\n" in text
    assert "  lost    Up: The plugin “unknown-panel” has no counterpart.\n" in text
    assert "  1 of 2 panels with data of Prometheus, 0 changed\n" in text
    assert (summary["panels_with_metrics"], summary["kept"], summary["lost"]) == (2, 1, 1)
    assert summary["files"][0]["panels"][1]["reasons"]
    assert read((tmp_path / "out" / "mine.toml").read_text(), "mine.toml").title == "Mine"


def test_a_file_that_exists_is_kept_unless_it_may_be_replaced(file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("mine")

    assert run(file, folder=tmp_path)[0] == 1
    assert (tmp_path / "mine.toml").read_text() == "mine"
    assert run(file, folder=tmp_path, overwrite=True)[0] == 0
    assert (tmp_path / "mine.toml").read_text() != "mine"


def test_two_dashboards_with_one_title_have_two_files(file: Path, tmp_path: Path) -> None:
    run(file, file, folder=tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["mine-2.toml", "mine.toml"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This is not valid JSON"),
        (b"{", "This is not valid JSON"),
        (b"[" * 100_000, "This is not valid JSON"),
        (b"[]", "This is no dashboard of Grafana: the file holds no object."),
        (b"{}", "This is no dashboard of Grafana: it has no list of panels."),
        (b'{"panels": [], "schemaVersion": 12}', "Schema version 12 is too old"),
        (b'{"panels": [], "schemaVersion": 39}', "No panel can be kept."),
        (b'{"spec": {}}', "This is no dashboard in schema v2"),
        (b" " * (MOST_BYTES + 1), "The file has more than 20 MiB"),
    ],
)
def test_what_is_no_dashboard_is_refused_and_nothing_is_written(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)

    code, text, summary = run(path, folder=tmp_path / "out")

    assert code == 1
    assert text.startswith(f"bad.json: {sentence}")
    assert summary["files"][0]["error"].startswith(sentence)
    assert not (tmp_path / "out").exists()


LOOP = [
    {"name": name, "type": "query", "query": "label_values(x)", "current": {"value": f"${other}"}}
    for name, other in (("a", "b"), ("b", "a"))
]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            {"title": "Shared", "type": "timeseries", "libraryPanel": {"uid": "x"}},
            "Shared: It is a library panel, whose content is not in the file",
        ),
        (panel(plugin="alexanderzobnin-zabbix-panel"), "Up: The plugin “alexanderzobnin-zabbix-panel” has no"),
        (panel("rate(up["), "Up: Query A: The query cannot be read: "),
        (panel('up{a="$a"} + $a'), "Up: Query A: The variables a and b refer to each other."),
        (panel("up * $unknown"), "Up: Query A: $unknown is not among the dashboard's variables."),
        ({**panel("x"), "datasource": {"type": "loki"}}, "Up: Query A: Its data source is loki."),
    ],
    ids=["library panel", "plugin", "expression", "circle", "variable", "data source"],
)
def test_what_is_wrong_with_one_panel_is_a_sentence_and_the_others_are_kept(
    tmp_path: Path, content: dict[str, Any], sentence: str
) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(source(content, panel("sum(up)", title="Good"), variables=LOOP))

    code, text, _ = run(path, folder=tmp_path)

    assert code == 0
    assert f"  lost    {sentence}" in text
    assert "  kept    Good\n" in text
    assert [part.title for part in read((tmp_path / "mine.toml").read_text(), "mine.toml").panels] == ["Good"]


def test_hostile_titles_and_links_are_text_and_no_address_is_followed(tmp_path: Path) -> None:
    title = "</script><img src=x onerror=alert(1)>\u202e\x00"
    links = [{"title": "[x](javascript:1)", "url": "javascript:alert(1)"}, {"title": "](", "url": "https://e.com/a b"}]
    path = tmp_path / "mine.json"
    path.write_bytes(source(panel("sum(up)", title=title, links=links), title="../../etc/passwd"))

    code, text, summary = run(path, folder=tmp_path / "out")

    (target,) = (tmp_path / "out").iterdir()
    board = read(target.read_text(), target.name)
    assert code == 0
    assert target.name == "etc-passwd.toml"
    assert board.panels[0].title.startswith("</script>")
    assert len(board.panels) == 1
    assert "\u202e" not in text
    assert len([note for note in summary["files"][0]["notes"] if "is left out: " in note]) == 2


def test_a_board_that_is_too_large_for_a_file_is_refused(tmp_path: Path) -> None:
    texts = [{"type": "text", "title": f"T{number}", "options": {"content": "x" * 19_000}} for number in range(60)]
    path = tmp_path / "large.json"
    path.write_bytes(source(panel("sum(up)"), *texts))

    code, text, _ = run(path, folder=tmp_path / "out")

    assert code == 1
    assert "large.json: The board cannot be a file. mine.toml: a board file has 1,048,576 characters at most" in text
    assert not (tmp_path / "out").exists()


def test_nothing_is_left_of_a_file_that_cannot_be_written(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    code, text, _ = run(file, folder=tmp_path / "out")

    assert code == 1
    assert "cannot be written: No space left on device." in text
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [None], [[]], [{}]])
@pytest.mark.parametrize(
    "key", ["panels", "templating", "time", "targets", "fieldConfig", "options", "gridPos", "type"]
)
def test_any_value_in_any_place_is_refused_or_read(tmp_path: Path, key: str, value: object) -> None:
    content = json.loads(source(panel("sum(up)")))
    (content if key in content or key == "time" else content["panels"][0])[key] = value
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(content))

    assert run(path, folder=tmp_path / "out")[0] in (0, 1)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert run(tmp_path / "none.json", folder=tmp_path)[1].startswith("none.json: It cannot be read: ")


def test_without_a_folder_nothing_is_read(file: Path) -> None:
    with pytest.raises(SettingsError, match="--to"):
        run(file)
