"""The same corpus in every kind of store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from queries.stores.log_store import LogStore
from queries.stores.trace_store import TraceStore
from tests.integration.stores.corpus import log_lines, trace_spans
from tests.integration.stores.makers import LOG_MAKERS, TRACE_MAKERS


@pytest.fixture(scope="module", params=list(LOG_MAKERS))
def log_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogStore]:
    """A store that holds `log_lines()`."""
    store = LOG_MAKERS[request.param](log_lines(), tmp_path_factory.mktemp("logs"))
    yield store
    store.close()


@pytest.fixture(scope="module", params=list(TRACE_MAKERS))
def trace_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TraceStore]:
    """A store that holds `trace_spans()`."""
    store = TRACE_MAKERS[request.param](trace_spans(), tmp_path_factory.mktemp("traces"))
    yield store
    store.close()
