"""Addresses of push services come from browsers: only https, only the public internet, only what was checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.alerting.push.services import LONGEST, PushFailed, PushServices, endpoint_of, is_public
from queries.core.errors import InvalidInput
from tests.push_kit import push_service


def resolving(*addresses: str) -> PushServices:
    def resolve(*_: object, **__: object) -> list[Any]:
        return [(0, 0, 0, "", (address, 443)) for address in addresses]

    return PushServices(resolve=resolve)


@pytest.mark.parametrize(
    "address",
    [
        "http://push.example.org/a",
        "file:///etc/passwd",
        "https://user:secret@push.example.org/a",
        "https://push.example.org@127.0.0.1/",
        "https://",
        "https://push.example.org:99999/a",
        "https://push.example.org/a b",
        "https://push.example.org/a\r\nHost: other",
        "https://push.example.org\\@127.0.0.1/",
        "https://push.exämple.org/a",
        f"https://push.example.org/{'a' * LONGEST}",
        "",
    ],
)
def test_what_is_no_address_of_a_push_service_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        endpoint_of(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_form(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(InvalidInput, match="not a public push service"):
        resolving(address).usable_address(endpoint_of("https://push.example.org/a"))


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(InvalidInput):
        resolving("142.250.1.1", "10.0.0.1").usable_address(endpoint_of("https://push.example.org/a"))


def test_public_addresses_may_be_used() -> None:
    endpoint = endpoint_of("https://Push.example.org/a?b=c")

    assert resolving("142.250.1.1").usable_address(endpoint) == "142.250.1.1"
    assert (endpoint.host, endpoint.origin, endpoint.target) == (
        "push.example.org",
        "https://push.example.org",
        "/a?b=c",
    )


def test_the_operator_can_name_a_service_of_the_own_network(tmp_path: Path) -> None:
    with push_service(tmp_path) as service:
        with pytest.raises(InvalidInput):
            PushServices(ca_file=service.authority).post(f"{service.url}/a", b"x", {})
        services = PushServices(("localhost",), service.authority)

        assert services.post(f"{service.url}/a", b"x", {"TTL": "1"}) == 201
        (pushed,) = service.requests
        assert (pushed.path, pushed.headers["host"]) == ("/a", service.url.removeprefix("https://"))


def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    with push_service(tmp_path) as service:
        with pytest.raises(PushFailed, match="cannot be reached"):
            PushServices(("localhost",)).post(f"{service.url}/a", b"x", {})
        assert service.requests == []


def test_redirects_are_not_followed(tmp_path: Path) -> None:
    with push_service(tmp_path) as service:
        service.statuses["/a"] = 302

        assert PushServices(("localhost",), service.authority).post(f"{service.url}/a", b"x", {}) == 302
        assert [pushed.path for pushed in service.requests] == ["/a"]


def test_a_service_that_is_away_is_named_without_the_secret_of_its_address() -> None:
    with pytest.raises(PushFailed) as problem:
        PushServices(("localhost",)).post("https://localhost:9/secret", b"x", {})

    assert "localhost" in str(problem.value)
    assert "secret" not in str(problem.value)
