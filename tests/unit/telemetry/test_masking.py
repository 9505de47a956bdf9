"""Masking: nothing secret survives, and what only looks like a secret does."""

from __future__ import annotations

import logging
import sys
import time

import pytest

from telemetry.events import shape
from telemetry.masking import MAX_TEXT, Masker, is_secret
from telemetry.secret_patterns import luhn
from tests.unit.telemetry import masking_corpus as corpus

MASKER = Masker()


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(corpus.secrets()) + len(corpus.properties()) >= 200
    assert len(set(corpus.HARMLESS)) >= 200


def test_no_secret_of_the_corpus_survives_in_a_text() -> None:
    left = [(text, MASKER.text(text)) for text, secret in corpus.secrets() if secret in MASKER.text(text)]
    assert left == []


def test_no_secret_of_the_corpus_survives_in_a_property() -> None:
    left = [
        (name, MASKER.value(name, value))
        for name, value, secret in corpus.properties()
        if secret in repr(MASKER.value(name, value))
    ]
    assert left == []


def test_at_least_98_percent_of_the_look_alikes_stay_as_they_are() -> None:
    changed = [(text, MASKER.text(text)) for text in corpus.HARMLESS if MASKER.text(text) != text]
    assert len(changed) <= 0.02 * len(corpus.HARMLESS), changed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt_tokens", 620),
        ("time_to_first_token", 380.5),
        ("token", 42),
        ("has_password", True),
        ("TokenCount", 3),
        ("next_page_token", "abc"),
        ("Endpoint", "/v1/files/{file_id}"),
        ("CachedShare", 0.3),
        ("secret", None),
        ("Status", 200),
        ("gen_ai.usage.input_tokens", 12),
        ("UserId", "user-17"),
        ("WorkflowName", "summarise"),
        ("completion", 210),
    ],
)
def test_numbers_and_plain_names_keep_value_and_type(name: str, value: object) -> None:
    masked = MASKER.value(name, value)
    assert masked == value
    assert type(masked) is type(value)


def test_prompts_and_completions_are_withheld_unless_allowed() -> None:
    assert MASKER.value("prompt", "Tell me a story") == "(15 characters withheld)"
    assert Masker(prompts=True).value("prompt", "Tell me a story") == "Tell me a story"
    assert "hunter2" not in Masker(prompts=True).value("prompt", "password=hunter2")


def test_masking_twice_changes_nothing_more() -> None:
    for text, _ in corpus.secrets():
        once = MASKER.text(text)
        assert MASKER.text(once) == once


def test_an_event_is_masked_in_message_template_properties_and_exception() -> None:
    try:
        raise ValueError("no access with password=hunter2")
    except ValueError:
        record = logging.LogRecord("lib", logging.ERROR, "x.py", 1, "using token=%s", ("hunter2",), sys.exc_info())
    event = MASKER.event(shape(record, {"Authorization": "hunter2"}))
    assert "hunter2" not in repr(event)
    assert event.failure is not None
    assert event.failure.kind == "ValueError"


def test_a_text_of_megabytes_is_cut_and_does_not_take_seconds() -> None:
    begun = time.process_time()
    masked = MASKER.text("a=" * 1_000_000)
    hostile = [
        MASKER.text(part * 20_000) for part in ("://", "@.", "a.b@", "4111-", "eyJ.", '\\"', "password ", "-----BEGIN ")
    ]
    assert len(masked) <= MAX_TEXT + 1
    assert len(hostile) == 8
    assert time.process_time() - begun < 20


def test_deep_nesting_ends() -> None:
    nested: object = "x"
    for _ in range(50):
        nested = {"a": nested}
    assert "***" in repr(MASKER.value("deep", nested))


def test_names_are_understood_in_every_spelling() -> None:
    spellings = (
        "api_key",
        "apiKey",
        "API-KEY",
        "x-api-key",
        "http.request.header.x_api_key",
        "ApiKey",
        "APIKey",
        "API_KEY",
    )
    assert all(is_secret(name) for name in spellings)
    assert not any(is_secret(name) for name in ("api_key_id", "keyboard", "monkey", "token_count", "author", ""))


def test_the_check_sum_tells_cards_from_other_numbers() -> None:
    assert luhn("4111 1111 1111 1111")
    assert not luhn("4111 1111 1111 1112")
    assert not luhn("42")
