"""What a push service gets: encrypted for the browser, signed by this app, once for each browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from app.alerting.history import History
from app.alerting.message import Message
from app.alerting.push.keys import create_key
from app.alerting.push.sender import PushChannel, PushSender
from app.alerting.push.services import PushServices
from app.alerting.push.subscriptions import MOST_OF_USER, Subscription, Subscriptions
from queries.core.errors import InvalidInput
from tests.push_kit import FakeBrowser, PushService, claims_of, decoded, push_service

CONTACT = "mailto:operations@example.org"
MESSAGE = Message(
    "Critical: ErrorBurst",
    "body",
    "short",
    "critical",
    is_resolved=False,
    link="https://dash.example.org/alerts?rule=ErrorBurst",
    group="0123456789abcdef0123456789abcdef",
    key="k1",
    facts={"headline": "11 % of requests fail", "value": "11 %", "threshold": "5 %"},
    alerts=("id-1",),
    since=1_000.5,
)


class World:
    """A store, a service, and the sender between."""

    def __init__(self, folder: Path, service: PushService) -> None:
        self.service = service
        self.subscriptions = Subscriptions(History(f"sqlite:///{folder}/alerts.db").transaction)
        self.key = create_key(folder / "push.pem")
        services = PushServices(("localhost",), service.authority)
        self.sender = PushSender(self.subscriptions, self.key, services, CONTACT, "/static/icon.png")

    def subscribe(self, path: str, user: str = "Ada") -> FakeBrowser:
        browser = FakeBrowser()
        keys = browser.keys
        row = Subscription(
            self.service.url + path, keys["p256dh"], keys["auth"], user, "Firefox on Android", 1.0, self.key.public
        )
        self.subscriptions.add(row)
        return browser

    @property
    def paths(self) -> list[str]:
        return [pushed.path for pushed in self.service.requests]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with push_service(tmp_path) as service:
        yield World(tmp_path, service)


def test_the_browser_of_these_tests_reads_the_example_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    private = int.from_bytes(decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    browser = FakeBrowser(ec.derive_private_key(private, ec.SECP256R1()), decoded("BTBZMqHH6r4Tts7J_aSIgg"))
    body = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru"
        "3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )

    assert browser.decrypt(decoded(body)) == b"When I grow up, I want to be a watermelon"


def test_the_browser_reads_the_message_and_nobody_else_does(world: World) -> None:
    browser = world.subscribe("/a")

    assert world.sender.send(MESSAGE) == ""
    (pushed,) = world.service.requests
    content = browser.read(pushed.body)
    assert (content["title"], content["headline"], content["value"]) == (
        "Critical: ErrorBurst",
        "11 % of requests fail",
        "11 %",
    )
    assert (content["alerts"], content["since"], content["user"]) == (["id-1"], 1_000_500, "Ada")
    assert content["link"] == "/alerts?rule=ErrorBurst"  # of whichever address the browser knows this app by
    assert b"ErrorBurst" not in pushed.body
    with pytest.raises(InvalidTag):
        FakeBrowser().read(pushed.body)


def test_the_service_learns_who_sends_and_how_urgent_it_is(world: World) -> None:
    world.subscribe("/a")
    world.sender.send(MESSAGE)

    (pushed,) = world.service.requests
    claims, key = claims_of(pushed)
    assert (claims["aud"], claims["sub"], key) == (world.service.url, CONTACT, world.key.public)
    assert (pushed.headers["content-encoding"], pushed.headers["urgency"]) == ("aes128gcm", "high")
    assert pushed.headers["topic"] == MESSAGE.group  # the end of the alert replaces what was not delivered
    assert int(pushed.headers["ttl"]) > 0


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_has_ended_is_removed(world: World, status: int) -> None:
    world.subscribe("/gone")
    world.subscribe("/b")
    world.service.statuses["/gone"] = status

    assert world.sender.send(MESSAGE) == ""
    assert len(world.subscriptions.all(world.key.public)) == 1
    world.sender.send(replace(MESSAGE, key="k2"))
    assert sorted(world.paths) == ["/b", "/b", "/gone"]


def test_nobody_left_is_a_failure_that_the_history_shows(world: World) -> None:
    assert world.sender.send(MESSAGE) == "No browser has subscribed."
    world.subscribe("/gone")
    world.service.statuses["/gone"] = 410
    assert world.sender.send(MESSAGE) == "No browser has subscribed any more."


def test_another_attempt_reaches_only_those_that_the_first_did_not(world: World) -> None:
    world.subscribe("/a")
    world.subscribe("/busy")
    world.service.statuses["/busy"] = 503

    assert world.sender.send(MESSAGE) == "1 of 2 browsers were not reached: the push service answers 503."
    del world.service.statuses["/busy"]
    assert world.sender.send(MESSAGE) == ""
    assert sorted(world.paths) == ["/a", "/busy", "/busy"]


def test_a_channel_of_users_reaches_only_them(world: World) -> None:
    world.subscribe("/ada", "Ada")
    world.subscribe("/grace", "Grace")

    assert PushChannel(world.sender, ("Grace",)).send(MESSAGE) == ""
    assert world.paths == ["/grace"]


def test_a_message_with_long_texts_fits(world: World) -> None:
    browser = world.subscribe("/a")
    facts = dict.fromkeys(("headline", "value", "threshold"), "ü" * 5_000)
    long = replace(MESSAGE, title="ü" * 5_000, facts=facts, alerts=tuple(f"{n:032}" for n in range(20)))

    assert world.sender.send(long) == ""
    (pushed,) = world.service.requests
    assert len(pushed.body) <= 4_096
    assert browser.read(pushed.body)["alerts"] == list(long.alerts)


def test_browsers_that_have_subscribed_with_another_key_of_the_app_are_left_out(world: World, tmp_path: Path) -> None:
    world.subscribe("/a")
    other = create_key(tmp_path / "other.pem")

    assert replace(world.sender, key=other).send(MESSAGE) == "No browser has subscribed."
    assert world.paths == []


def test_a_user_has_a_limited_number_of_browsers(world: World) -> None:
    for number in range(MOST_OF_USER):
        world.subscribe(f"/{number}")
    world.subscribe("/0")  # the same browser again

    with pytest.raises(InvalidInput, match="Remove one"):
        world.subscribe("/more")
    world.subscribe("/more", "Grace")
