"""Writing to Elasticsearch in bulk: what is tried again, what is kept, what is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from telemetry.elastic_bulk import BulkWriter, Document
from telemetry.elastic_http import Cluster, Refused, Unreachable
from telemetry.spill import Spill, pairs


class FakeCluster(Cluster):
    """Answers as it is told: a status for each document, or an error."""

    def __init__(self) -> None:
        super().__init__("http://nowhere:9200")
        object.__setattr__(self, "accepted", [])
        object.__setattr__(self, "mood", lambda _id: 201)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        statuses = []
        lines = body.splitlines()
        for action in lines[::2]:
            key = orjson.loads(action)["create"]["_id"]
            status = self.mood(key)  # type: ignore[attr-defined]
            if isinstance(status, Exception):
                raise status
            statuses.append(status)
            if status == 201:
                self.accepted.append(key)  # type: ignore[attr-defined]
        return {"items": [{"create": {"status": status}} for status in statuses]}


class World:
    """A writer with a clock that stands still."""

    def __init__(self, folder: Path, max_bytes: int = 10_000) -> None:
        self.cluster, self.now = FakeCluster(), 0.0
        self.spill = Spill(folder, "logs", max_bytes)
        self.writer = BulkWriter(self.cluster, self.spill, lambda _: None, None, lambda: self.now)

    def be(self, mood: Any) -> None:
        object.__setattr__(self.cluster, "mood", mood)

    def write(self, *keys: str) -> None:
        self.writer.write([Document("codeagent-2026.03.01", key, {"message": "x" * 10}).lines() for key in keys])

    @property
    def accepted(self) -> list[str]:
        return self.cluster.accepted  # type: ignore[attr-defined, no-any-return]


def test_what_is_kept_while_the_cluster_is_away_is_sent_when_it_is_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.be(lambda _: Unreachable("away"))
    world.write("a", "b")
    world.write("c")
    world.be(lambda _: 201)
    world.write("d")  # too early for another try: kept as well
    assert world.accepted == []
    world.now = 1_000
    world.writer.idle()
    assert world.accepted == ["a", "b", "c", "d"]
    assert list(tmp_path.iterdir()) == []
    assert world.writer.counts.dropped == 0


def test_pauses_grow_to_a_minute(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.be(lambda _: Unreachable("away"))
    pauses = []
    for _ in range(9):
        world.write("a")
        pauses.append(world.writer._retry_at - world.now)
        world.now = world.writer._retry_at
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_only_what_the_cluster_was_too_busy_for_is_sent_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.be(lambda key: 429 if key == "b" else 201)
    world.write("a", "b", "c")
    world.be(lambda _: 201)
    world.now = 1_000
    world.writer.idle()
    assert world.accepted == ["a", "c", "b"]
    assert world.writer.counts.sent == 3


def test_duplicates_count_as_delivered_and_refusals_are_counted(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.be(lambda key: {"a": 409, "b": 403}.get(key, 201))
    world.write("a", "b", "c")
    assert (world.writer.counts.sent, world.writer.counts.refused) == (2, 1)


def test_beyond_its_size_the_spill_drops_and_counts(tmp_path: Path) -> None:
    world = World(tmp_path, max_bytes=500)
    world.be(lambda _: Unreachable("away"))
    for number in range(20):
        world.write(f"{number}")
    assert world.writer.counts.spilled + world.writer.counts.dropped == 20
    assert world.writer.counts.dropped > 0
    assert world.spill.size() <= 500


def test_without_a_spill_everything_is_dropped_and_counted() -> None:
    writer = BulkWriter(FakeCluster(), None, lambda _: (_ for _ in ()).throw(Unreachable("away")))
    writer.write([Document("i", "a", {}).lines()])
    assert writer.counts.dropped == 1


def test_a_pair_cut_short_by_a_crash_is_left_out(tmp_path: Path) -> None:
    first, second, third = (Document("i", key, {"n": key}).lines() for key in "abc")
    (tmp_path / "x").write_bytes(first + second + third[:-1])
    assert list(pairs(tmp_path / "x")) == [first, second]


def test_a_pair_torn_in_the_middle_does_not_shift_the_others(tmp_path: Path) -> None:
    first, second = (Document("i", key, {"n": key}).lines() for key in "ab")
    torn = Document("i", "t", {"n": "x" * 50}).lines()[-30:]
    (tmp_path / "x").write_bytes(first + torn + second)
    assert list(pairs(tmp_path / "x")) == [first, second]


@pytest.mark.parametrize("status", [401, 403])
def test_what_waits_is_kept_while_the_cluster_does_not_let_us_in(tmp_path: Path, status: int) -> None:
    world = World(tmp_path)
    world.be(lambda _: Unreachable("away"))
    world.write("a", "b")
    world.now = 1_000
    world.be(lambda _: Refused("no", status))
    world.writer.idle()
    world.now = 2_000
    world.be(lambda _: 201)
    world.writer.idle()
    assert world.accepted == ["a", "b"]
    assert world.writer.counts.refused == 0


def test_a_batch_that_is_too_large_goes_in_parts(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.be(lambda key: Refused("too large", 413) if key == "b" else 201)
    world.write("a", "b", "c", "d")
    assert set(world.accepted) == {"a", "c", "d"}
    assert world.writer.counts.refused == 1


def test_a_key_that_may_put_no_template_still_writes_documents(tmp_path: Path) -> None:
    def refuse(_: Cluster) -> None:
        raise Refused("no templates for you", 403)

    cluster = FakeCluster()
    BulkWriter(cluster, Spill(tmp_path, "logs"), refuse).write([Document("i", "a", {}).lines()])
    assert cluster.accepted == ["a"]  # type: ignore[attr-defined]


def test_files_of_a_living_process_are_left_to_it(tmp_path: Path) -> None:
    spill = Spill(tmp_path, "logs")
    spill.append(b"a\n1\n")
    own = next(tmp_path.iterdir())
    own.rename(own.with_name(own.name.replace(own.name.split("@")[2], "1.spill")))  # process 1 always lives
    assert spill.claim() == []


@pytest.mark.parametrize("url", ["", "elasticsearch:9200", "ftp://x", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="http://host:9200"):
        Cluster(url).call("GET", "/")


def test_a_cluster_that_nobody_answers_for_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        Cluster("http://127.0.0.1:9", timeout=1).call("GET", "/_cluster/health")
    assert not issubclass(Refused, Unreachable)
