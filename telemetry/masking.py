"""Keeps secrets and personal data out of logs and spans: by the name of a value and by what the value looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from telemetry import secret_patterns
from telemetry.events import Event, Failure, render

MASK: Final = "***"
MAX_DEPTH: Final = 8  # of nested values; what is deeper is replaced whole
MAX_TEXT: Final = 32_768  # characters examined and kept of one text, so that a hostile line costs little

_SHORT: Final = 80

# A value is secret when the last words of its name are among these, however it is spelled: x-api-key, XApiKey, API_KEY.
_WORDS_TEXT: Final = """
authorization password passwd passwort pwd passphrase pin secret token jwt bearer cookie cookies credential credentials
apikey secretkey accesskey privatekey otp cvv cvc iban ssn accesstoken refreshtoken idtoken authtoken sessiontoken
clientsecret sessionid sid connectionstring accountkey sharedaccesskey hmac sig
"""
_PAIRS_TEXT: Final = """
api key, access key, secret key, private key, signing key, encryption key, account key, shared key, master key,
session key, subscription key, license key, session id, connection string, conn str, card number, credit card,
auth header, security code, recovery code, db pass, user pass, smtp pass, redis pass, shared access signature, e mail
"""
# Tokens that are text, places or counts.
_PLAIN_TEXT: Final = """
page next previous continuation cancellation first last stop eos bos pad max min per prompt completion input output
cached total of by to
"""
_CONTENT_TEXT: Final = """
prompt prompts completion content messages systemprompt userprompt chatmessages inputmessages outputmessages
systeminstructions prompttext completiontext genaiprompt genaicompletion genaiinputmessages genaioutputmessages
genaisysteminstructions
"""
_SECRET_WORDS: Final = frozenset(_WORDS_TEXT.split())
_SECRET_PAIRS: Final = frozenset(" ".join(pair.split()) for pair in _PAIRS_TEXT.split(","))
_PLAIN_BEFORE: Final = frozenset(_PLAIN_TEXT.split())
_CONTENT: Final = frozenset(_CONTENT_TEXT.split())
# Names whose values the telemetry itself makes; looking at them would find nothing.
_OWN: Final = frozenset({"TraceId", "SpanId", "ThreadId", "Application", "EnvironmentName", "MachineName", "Version"})


@dataclass(frozen=True)
class Masker:
    """`prompts` lets prompts and completions through; secrets in them are masked all the same."""

    prompts: bool = False

    def text(self, text: str) -> str:
        """The text with every secret in it replaced."""
        if len(text) <= _SHORT:
            return _scrub_short(text)
        return secret_patterns.scrub(text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…", is_secret, MASK)

    def value(self, name: str, value: Any, depth: int = 0) -> Any:
        """A named value, nested ones included; numbers keep their type unless their name makes them a secret."""
        if value is None or isinstance(value, bool) or name in _OWN:
            return value
        if is_secret(name) and not (isinstance(value, int | float) and _countable(name)):
            return MASK
        if not self.prompts and _is_content(name) and not isinstance(value, int | float):
            return f"({_size(value)} withheld)"
        return self._inside(value, depth)

    def _inside(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**12):
            return value
        if depth >= MAX_DEPTH:
            return MASK
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(str(key), item, depth + 1) for key, item in value.items()}
        if isinstance(value, bytes):
            return self.text(value.decode("utf-8", "replace"))
        if isinstance(value, Sequence | set | frozenset):
            return _pairs_as_names([self._inside(item, depth + 1) for item in value], self, depth)
        text = str(value)
        masked = self.text(text)
        return value if masked == text and isinstance(value, int) else masked

    def properties(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Every property by its name and content."""
        return {name: self.value(name, value) for name, value in properties.items()}

    def event(self, event: Event) -> Event:
        """A log event with message, template, properties and exception masked."""
        properties = self.properties(event.properties)
        template = self.text(event.template)
        own = not event.rendered and event.template != event.message
        message = self.text(render(template, properties) if own else event.message)
        return replace(
            event, template=template, message=message, properties=properties, failure=self._failure(event.failure)
        )

    def _failure(self, failure: Failure | None) -> Failure | None:
        if failure is None:
            return None
        cause = self._failure(failure.cause)
        return Failure(failure.kind, self.text(failure.message), self.text(failure.stack), cause)


@lru_cache(2048)
def _scrub_short(text: str) -> str:
    """Routes, methods, logger names and templates come again and again."""
    return secret_patterns.scrub(text, is_secret, MASK)


@lru_cache(4096)
def is_secret(name: str) -> bool:
    """Whether a value of this name is a secret by its name alone."""
    words = _words(name)
    if not words:
        return False
    if words[-1] in _SECRET_WORDS:
        return not (words[-1] in ("token", "secret") and len(words) > 1 and words[-2] in _PLAIN_BEFORE)
    return any(" ".join(words[-length:]) in _SECRET_PAIRS for length in (2, 3))


@lru_cache(4096)
def _is_content(name: str) -> bool:
    return re.sub(r"[^a-z]", "", name.lower()) in _CONTENT


def _countable(name: str) -> bool:
    """`token: 42` is a count; `pin: 4711` is not."""
    return _words(name)[-1] in ("token", "cookies", "cookie", "credentials")


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[a-z0-9]+", spaced.lower())


def _size(value: Any) -> str:
    return f"{len(value)} characters" if isinstance(value, str | bytes) else "content"


def _pairs_as_names(masked: list[Any], masker: Masker, depth: int) -> list[Any]:
    """Headers come as pairs: `["authorization", "Bearer …"]` is a named value too."""
    if len(masked) == 2 and isinstance(masked[0], str) and isinstance(masked[1], str) and is_secret(masked[0]):
        return [masked[0], masker.value(masked[0], masked[1], depth)]
    return masked
