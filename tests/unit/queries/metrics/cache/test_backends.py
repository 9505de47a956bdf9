"""The shared tier's stores: bytes in, bytes out, and a failure is nobody's problem."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path

import pytest
from flask_caching.backends import FileSystemCache, SimpleCache

from queries.core.errors import InvalidInput
from queries.metrics.cache.backends import BytesSerializer, FlaskCachingStore, Folder, open_store


@pytest.mark.parametrize("scheme", ["memory:", "file://{}"])
def test_values_come_back_and_unknown_ones_are_none(scheme: str, tmp_path: Path) -> None:
    store = open_store(scheme.format(tmp_path / "tier"))
    store.set_many({"a": b"1", "b": b"\x00\xff"}, 60)
    assert store.get_many(["a", "x", "b"]) == [b"1", None, b"\x00\xff"]


def test_files_hold_no_pickle_and_a_planted_pickle_is_not_loaded(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}")
    store.set_many({"a": b"value"}, 60)
    backend = FileSystemCache(str(tmp_path / "entries"), threshold=0)
    path = Path(backend._get_filename("a"))
    assert path.read_bytes()[4:] == b"=value"
    path.write_bytes(path.read_bytes()[:4] + pickle.dumps("evil"))
    assert store.get_many(["a"]) == [None]


def test_a_failing_back_end_is_survived_and_left_alone_for_a_while() -> None:
    class Broken(SimpleCache):
        calls = 0

        def get_many(self, *keys: str) -> list[bytes]:
            self.calls += 1
            raise ConnectionError("away")

    now = [0.0]
    backend = Broken()
    store = FlaskCachingStore(backend, rest=2.0, clock=lambda: now[0])
    for _ in range(3):
        assert store.get_many(["a", "b"]) == [None, None]
    assert (backend.calls, store.errors) == (1, 1)
    now[0] += 3
    store.get_many(["a"])
    assert backend.calls == 2


def test_a_full_disk_costs_a_line_a_minute_and_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    now = [0.0]
    store = FlaskCachingStore(Folder(str(tmp_path / "entries"), threshold=100), clock=lambda: now[0])
    store.set_many({"kept": b"1"}, 600)
    monkeypatch.setattr(BytesSerializer, "dump", full)
    before = sorted(tmp_path.rglob("*"))
    for second in range(120):
        now[0] = float(second)
        store.set_many({f"{second}:{number}": b"x" for number in range(20)}, 600)
        assert store.get_many(["kept"]) in ([b"1"], [None])

    assert sorted(tmp_path.rglob("*")) == before
    assert len(caplog.records) == 2
    assert all("No space left" in record.getMessage() and not record.exc_info for record in caplog.records)
    monkeypatch.undo()
    now[0] += 10
    store.set_many({"later": b"2"}, 600)
    assert store.get_many(["kept", "later"]) == [b"1", b"2"]


def test_an_unknown_address_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="redis://"):
        open_store("memcached://x")


def test_the_serializer_reads_only_what_it_wrote() -> None:
    serializer = BytesSerializer()
    assert serializer.loads(serializer.dumps(b"x")) == b"x"
    assert serializer.loads(serializer.dumps(7)) == 7
    assert serializer.loads(pickle.dumps(b"x")) is None
    assert serializer.loads(None) is None
