"""What the log explorer asks, timed: search, chart, facets, a whole page, context, tail, patterns, what stands out.

    python -m bench.logs [--quick]

The embedded store over 1 million lines in a file, and a real Elasticsearch with 5 million documents (100,000 of each
with --quick). Both are made once and kept in the user's cache folder. Every question is asked over a day, half a day
and an hour, and never twice alike, so no answer comes from a cache of answers. Milliseconds; `p95_ms` is over all
questions to Elasticsearch, `embedded_p95_ms` over all to the files.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import requests

from bench.common import arguments, finish, free_port, say
from bench.log_data import SECONDS, START, documents, write
from queries.core.deadline import Deadline
from queries.logs.types import LogQuery, Paging
from queries.search.results import Range
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from queries.stores.log_store import LogStore
from telemetry.elastic_sink import TEMPLATE

CACHE: Final = Path.home() / ".cache" / "codeagent-dashboards" / "bench"
NODE: Final = Path(__file__).resolve().parent.parent / "deploy" / "elasticsearch" / "elasticsearch"
INDEX: Final = "codeagent-bench"
BATCH: Final = 5_000
FACETS: Final = ("level", "service", "Endpoint", "ProviderId", "host")
TEXTS: Final = (
    "",
    "timeout",
    "level:error",
    'Endpoint:"/v1/chat/completions" Status:500',
    "Duration:>4000",
    '"rate limit"',
    "ProviderId:mistral OR Model:gpt*",
    "NOT level:information",
)
Question = Callable[[LogStore, LogQuery, Deadline], object]


def _search(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    return store.search(query, Paging(100), deadline)


def _histogram(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    return store.histogram(query, 100, deadline)


def _facets(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    return store.facets(query, FACETS, 10, deadline)


def _explore(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    return store.explore(query, Paging(100), 100, FACETS, 10, deadline)


def _tail(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    return store.tail(query, "", 100, deadline)


def _patterns(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    return store.patterns(query, 30, deadline)


def _context(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    line = store.search(query, Paging(1), deadline).lines[0]
    begun = time.perf_counter()
    store.context(line.id, "host", 20, 20, deadline)
    return time.perf_counter() - begun


def _correlated(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    line = store.search(query, Paging(1), deadline).lines[0]
    begun = time.perf_counter()
    store.correlated(line.correlation_id, 500, deadline)
    return time.perf_counter() - begun


def _significant_values(store: LogStore, query: LogQuery, deadline: Deadline) -> object:
    around = LogQuery(query.range)
    return store.significant_values(LogQuery(query.range, levels=("Error",)), around, 20, deadline)


QUESTIONS: Final[dict[str, tuple[Question, tuple[str, ...]]]] = {
    "search": (_search, TEXTS),
    "histogram": (_histogram, TEXTS),
    "facets": (_facets, TEXTS[:4]),
    "explore": (_explore, TEXTS),
    "tail": (_tail, TEXTS[:3]),
    "patterns": (_patterns, TEXTS[:3]),
    "context": (_context, ("", "level:error")),
    "correlated": (_correlated, ("", "level:error")),
    "significant_values": (_significant_values, ("",)),
}


def main() -> None:
    """Print a table and, last, one line of JSON."""
    options = arguments(__doc__)
    lines, indexed, rounds = (100_000, 100_000, 1) if options.quick else (1_000_000, 5_000_000, 3)
    write(CACHE / "logs", lines)
    embedded = _embedded(lines, rounds)
    _say(f"embedded store, {lines:,} lines", embedded)
    with elasticsearch_node(indexed) as url:
        elastic = _timed(ElasticLogStore(ElasticSettings(url, log_index=f"{INDEX}-{indexed}")), rounds)
    _say(f"Elasticsearch, {indexed:,} documents", elastic)
    numbers = {f"{name}_p95_ms": _p95(times) for name, times in elastic.items()}
    numbers |= {f"embedded_{name}_p95_ms": _p95(times) for name, times in embedded.items()}
    finish(
        p95_ms=_p95(_all(elastic)),
        p50_ms=statistics.median(_all(elastic)),
        embedded_p95_ms=_p95(_all(embedded)),
        embedded_p50_ms=statistics.median(_all(embedded)),
        documents=indexed,
        lines=lines,
        **numbers,
    )


def _embedded(lines: int, rounds: int) -> dict[str, list[float]]:
    store = FileLogStore(FileLogSettings(CACHE / "logs", (f"codeagent-{lines}.json",)))
    begun = time.perf_counter()
    whole = LogQuery(Range.of_seconds(START, START + SECONDS + 1))
    while store.histogram(whole, 10, Deadline.after(120)).quality.partial:
        pass
    say(f"{lines:,} lines read in {time.perf_counter() - begun:.1f} s")
    try:
        return _timed(store, rounds)
    finally:
        store.close()


def _timed(store: LogStore, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of every question by kind."""
    times: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    shift = 0
    for name, (ask, texts) in QUESTIONS.items():
        for _ in range(rounds):
            for text in texts:
                for seconds in (SECONDS, SECONDS // 2, 3_600):
                    shift += 1  # another range each time
                    end = START + SECONDS - shift
                    times[name].append(_once(ask, store, LogQuery(Range.of_seconds(end - seconds, end), text)))
    return times


def _once(ask: Question, store: LogStore, query: LogQuery) -> float:
    begun = time.perf_counter()
    answer = ask(store, query, Deadline.after(60))
    took = answer if isinstance(answer, float) else time.perf_counter() - begun
    return 1_000 * took


@contextmanager
def elasticsearch_node(count: int) -> Iterator[str]:
    """A node with the documents; they are indexed once."""
    port, folder = free_port(), CACHE / "elasticsearch"
    subprocess.run([str(NODE), "prepare"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([str(NODE), "start", str(port), str(folder)], check=True, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _fill(url, f"{INDEX}-{count}", count)
        yield url
    finally:
        subprocess.run([str(NODE), "stop", str(folder)], check=True, stdout=subprocess.DEVNULL)


def _fill(url: str, index: str, count: int) -> None:
    known = requests.get(f"{url}/{index}/_count", timeout=30)
    if known.status_code == 200 and known.json()["count"] == count:
        return
    requests.delete(f"{url}/{index}", timeout=60)
    body = {
        "mappings": TEMPLATE["template"]["mappings"],
        "settings": {"number_of_replicas": 0, "refresh_interval": "-1"},
    }
    requests.put(f"{url}/{index}", json=body, timeout=60).raise_for_status()
    begun, sent = time.perf_counter(), 0
    for batch in _batches(count):
        answer = requests.post(
            f"{url}/{index}/_bulk", data=batch, timeout=120, headers={"Content-Type": "application/x-ndjson"}
        )
        answer.raise_for_status()
        if answer.json()["errors"]:
            raise ValueError(str(answer.json()["items"][0])[:500])
        sent += BATCH
        if sent % 500_000 == 0:
            say(f"{sent:,} documents after {time.perf_counter() - begun:.0f} s")
    requests.post(f"{url}/{index}/_forcemerge?max_num_segments=5", timeout=1_200).raise_for_status()
    requests.post(f"{url}/{index}/_refresh", timeout=120).raise_for_status()


def _batches(count: int) -> Iterator[bytes]:
    lines: list[bytes] = []
    for document in documents(count):
        lines += [b'{"create":{}}', document]
        if len(lines) == 2 * BATCH:
            yield b"\n".join(lines) + b"\n"
            lines.clear()
    if lines:
        yield b"\n".join(lines) + b"\n"


def _all(times: dict[str, list[float]]) -> list[float]:
    return [seconds for latencies in times.values() for seconds in latencies]


def _p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


def _say(title: str, times: dict[str, list[float]]) -> None:
    say(f"{title}\n  question      asked   p50 ms   p95 ms   most ms")
    for name, latencies in {**times, "all": _all(times)}.items():
        p50, p95 = statistics.median(latencies), _p95(latencies)
        say(f"  {name:12s} {len(latencies):6d} {p50:8.1f} {p95:8.1f} {max(latencies):9.1f}")


if __name__ == "__main__":
    main()
