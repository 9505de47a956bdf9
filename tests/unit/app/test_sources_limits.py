"""Limits that an operator sets reach the query layer."""

from __future__ import annotations

import time

from app.settings import Settings
from app.sources import engine_of


def test_the_scrape_interval_and_the_ingestion_delay_of_the_settings_count() -> None:
    environment = {"CODEAGENT_SCRAPE_INTERVAL": "45", "CODEAGENT_INGESTION_DELAY": "120"}
    engine = engine_of(Settings.load(environment), time.time)
    assert next(iter(engine.sources.values())).scrape_interval() == 45
    assert engine.settings.tolerance == 120
    engine.close()
