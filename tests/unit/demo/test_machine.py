"""The machine's own series join what its exporters report now."""

from __future__ import annotations

import numpy as np
import pytest

from demo.day import day
from demo.machine import host, joined, processes, redis

END = 1_767_268_800


def test_a_counter_ends_at_its_present_value() -> None:
    told = joined(np.array([10.0, 20.0, 35.0]), 1_000.0)

    assert told.tolist() == [975.0, 985.0, 1_000.0]


def test_a_machine_that_booted_during_the_day_has_a_reset_and_no_leap() -> None:
    total = np.arange(0.0, 1_000.0, 10.0)
    told = joined(total, 55.0)
    steps = np.diff(told)

    assert told[-1] == 55.0
    assert (told >= 0).all()
    assert (steps < 0).sum() == 1
    assert steps[steps > 0].max() == pytest.approx(10.0)


def test_no_counter_of_the_machine_grows_faster_than_it_can() -> None:
    told = day(END)

    for each in host(told):
        if each.name == "node_cpu_seconds_total":
            assert (np.diff(each.values) <= 30.01).all(), each.labels
            assert (each.values >= 0).all()


def test_the_whole_of_a_cpu_is_told() -> None:
    told = day(END)
    grown = [np.diff(each.values)[-100:] for each in host(told)
             if each.name == "node_cpu_seconds_total" and each.labels["cpu"] == "0"]  # fmt: skip

    # A mode's own reset, where this machine booted, is left out.
    assert np.median(np.sum(grown, axis=0)) == pytest.approx(30.0, abs=0.1)


def test_disks_fill_slowly_and_within_their_size() -> None:
    series = list(host(day(END)))
    sizes = {each.labels["device"]: each.values for each in series if each.name == "node_filesystem_size_bytes"}

    assert sizes
    for each in series:
        if each.name == "node_filesystem_avail_bytes":
            assert (each.values <= sizes[each.labels["device"]]).all()
            assert each.values[-1] <= each.values[0]


def test_every_process_of_the_demo_is_told() -> None:
    groups = {each.labels["groupname"] for each in processes(day(END))}

    assert {"gateway", "providers", "load", "dashboards", "prometheus", "alertmanager", "redis"} <= groups


def test_redis_stays_inside_its_memory() -> None:
    told = {each.name: each.values for each in redis(day(END))}

    assert (told["redis_memory_used_bytes"] < told["redis_memory_max_bytes"]).all()
