"""Backends that may answer differently have different names, spellings of one backend have the same."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from queries.metrics.identity import backend_identity, joint_identity
from queries.metrics.prometheus.http_api import Connection

BASE = Connection("Prometheus", "http://vmselect:8481/select/1/prometheus")


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, url="http://vmselect:8481/select/2/prometheus"),
        replace(BASE, url="https://vmselect:8481/select/1/prometheus"),
        replace(BASE, url="http://vmselect/select/1/prometheus"),
        replace(BASE, url="http://user:secret@vmselect:8481/select/1/prometheus"),
        replace(BASE, headers={"X-Scope-OrgID": "a"}),
        replace(BASE, headers={"X-Scope-OrgID": "b"}),
        replace(BASE, headers={"AccountID": "a"}),
        replace(BASE, bearer_token="a"),
        replace(BASE, bearer_token="b"),
        replace(BASE, username="a"),
        replace(BASE, username="a", password="b"),
        replace(BASE, username="ab"),
    ],
)
def test_address_tenant_and_credentials_tell_backends_apart(other: Connection) -> None:
    assert backend_identity(other) != backend_identity(BASE)


def test_no_two_of_many_credentials_share_a_name() -> None:
    pairs = [("a", ""), ("", "a"), ("a", "b"), ("ab", ""), ("b", "a")]
    named = {backend_identity(replace(BASE, username=user, password=word)) for user, word in pairs}
    assert len(named) == len(pairs)


@pytest.mark.parametrize(
    "url",
    [
        "http://vmselect:8481/select/1/prometheus/",
        "HTTP://vmselect:8481/select/1/prometheus",
        "http://VMSELECT:8481/select/1/prometheus",
    ],
)
def test_spellings_of_one_address_are_one_backend(url: str) -> None:
    assert backend_identity(replace(BASE, url=url)) == backend_identity(BASE)


def test_credentials_in_the_address_are_the_same_as_those_beside_it() -> None:
    inside = replace(BASE, url="http://user:s%40t@vmselect:8481/select/1/prometheus")
    beside = replace(BASE, username="user", password="s@t")
    assert backend_identity(inside) == backend_identity(beside)


def test_what_a_source_is_called_and_how_much_it_may_answer_make_no_difference() -> None:
    other = replace(BASE, name="Thanos", connections=1, max_bytes=1)
    assert backend_identity(other) == backend_identity(BASE)


def test_every_process_gives_the_same_name() -> None:
    connection = "Connection('x', 'http://127.0.0.1:9090', {'A': 'b'}, 'token', 'user', 'password')"
    script = (
        "from queries.metrics.identity import backend_identity; "
        "from queries.metrics.prometheus.http_api import Connection; "
        f"print(backend_identity({connection}))"
    )
    named = {
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(named) == 1
    assert len(named.pop().strip()) == 32


def test_a_name_for_several_backends_depends_on_which_they_are_and_not_on_their_order() -> None:
    assert joint_identity(["a", "b"]) == joint_identity(["b", "a"])
    assert joint_identity(["a", "b"]) != joint_identity(["ab"])
