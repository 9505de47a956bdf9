"""The examples of the documentation run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.servers import ROOT, prometheus, running, wait_until

pytestmark = pytest.mark.integration

UP = 'global: {scrape_interval: 1s}\nscrape_configs: [{job_name: own, static_configs: [{targets: ["127.0.0.1:%d"]}]}]\n'


def python_of(document: str, heading: str) -> str:
    """The Python block below a heading."""
    text = (ROOT / "docs" / document).read_text()
    block = re.search(rf"^## {heading}\n.*?```python\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    return block[1]


def test_the_query_layer_gives_a_data_frame(tmp_path: Path) -> None:
    server = prometheus(tmp_path)
    (tmp_path / "prometheus.yml").write_text(UP % server.port)
    names: dict[str, Any] = {}
    with running(server):
        program = python_of("api.md", "From Python").replace("http://127.0.0.1:9090", server.url)
        program = program.replace("step=60", "step=1").replace("3_600", "10")

        def has_samples() -> bool:
            exec(program, names)
            return bool(names["table"].count().sum())

        wait_until(has_samples)

    table = names["table"]
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == ['{job="own"}']
    assert isinstance(table.index, pd.DatetimeIndex)
    assert str(table.index.tz) == "UTC"
    assert set(table.dropna().to_numpy().ravel()) == {1.0}
