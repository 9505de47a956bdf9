"""The machine's own series join what its exporters report now."""

from __future__ import annotations

import numpy as np
import pytest

from demo.day import day
from demo.machine import host, joined, processes, redis

END = 1_767_268_800


def test_a_counter_ends_at_its_present_value() -> None:
    messages = joined(np.array([10.0, 20.0, 35.0]), 1_000.0)

    assert messages.tolist() == [975.0, 985.0, 1_000.0]


def test_a_machine_that_booted_during_the_day_has_a_reset_and_no_leap() -> None:
    total = np.arange(0.0, 1_000.0, 10.0)
    messages = joined(total, 55.0)
    steps = np.diff(messages)

    assert messages[-1] == 55.0
    assert (messages >= 0).all()
    assert (steps < 0).sum() == 1
    assert steps[steps > 0].max() == pytest.approx(10.0)


def test_no_counter_of_the_machine_grows_faster_than_it_can() -> None:
    messages = day(END)

    for item in host(messages):
        if item.name == "node_cpu_seconds_total":
            assert (np.diff(item.values) <= 30.01).all(), item.labels
            assert (item.values >= 0).all()


def test_the_whole_of_a_cpu_is_told() -> None:
    messages = day(END)
    grown = [
        np.diff(row.values)[-100:]
        for row in host(messages)
        if row.name == "node_cpu_seconds_total" and row.labels["cpu"] == "0"
    ]

    # A mode's own reset, where this machine booted, is left out.
    assert np.median(np.sum(grown, axis=0)) == pytest.approx(30.0, abs=0.1)


def test_disks_fill_slowly_and_within_their_size() -> None:
    series = list(host(day(END)))
    sizes = {row.labels["device"]: row.values for row in series if row.name == "node_filesystem_size_bytes"}

    assert sizes
    for item in series:
        if item.name == "node_filesystem_avail_bytes":
            assert (item.values <= sizes[item.labels["device"]]).all()
            assert item.values[-1] <= item.values[0]


def test_every_process_of_the_demo_is_told() -> None:
    groups = {process.labels["groupname"] for process in processes(day(END))}

    assert {"gateway", "providers", "load", "dashboards", "prometheus", "alertmanager", "redis"} <= groups


def test_processes_differ_in_their_course() -> None:
    work = {
        row.labels["groupname"]: np.diff(row.values)
        for row in processes(day(END))
        if row.name == "namedprocess_namegroup_cpu_seconds_total" and row.labels["mode"] == "user"
    }
    shapes = np.vstack([increments[::120] / increments.mean() for increments in work.values()])
    assert np.corrcoef(shapes).min() < 0.5


def test_redis_stays_inside_its_memory() -> None:
    messages = {entry.name: entry.values for entry in redis(day(END))}

    assert (messages["redis_memory_used_bytes"] < messages["redis_memory_max_bytes"]).all()
