"""Errors between a panel and its backend.

QueryError
├── InvalidInput        a range, filter or name in the request is not valid
├── LimitExceeded       the request asks for more range, points or series than the settings allow
├── QueryRejected       the backend refused the query
└── SourceUnavailable   no usable response: connection refused, time-out
    ├── AnswerMalformed     the response is not in the backend's format
    ├── AccessDenied        the backend did not accept the credentials
    ├── Busy                the backend is overloaded (HTTP 429 or 503) or has an internal error
    └── CircuitOpen         no request was sent: the circuit breaker is open
"""

from __future__ import annotations

from typing import Self

from queries.core.redact import redact


class QueryError(Exception):
    """Base class: `sentence` says what happened, `hint` what to do. Users read both, so secrets are redacted."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        sentence, hint = redact(sentence), redact(hint)
        super().__init__(sentence if not hint else f"{sentence} {hint}")
        self.sentence = sentence
        self.hint = hint

    def without_frames(self) -> Self:
        """A copy without traceback, cause and context.

        Store or raise again only copies: a traceback refers to every local variable of its frames, including whole
        responses, and grows with each raise.
        """
        twin = type(self).__new__(type(self), *self.args)
        twin.__dict__.update(self.__dict__)
        return twin


class InvalidInput(QueryError):
    """Invalid input; `field` is the name of the URL parameter or setting."""

    def __init__(self, field: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.field = field


class LimitExceeded(QueryError):
    """The request exceeds a limit; the sentence contains the limit and the requested amount."""


class QueryRejected(QueryError):
    """The backend refused the query; `detail` is the backend's message, with secrets redacted."""

    def __init__(self, sentence: str, detail: str = "", hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.detail = redact(detail)


class SourceUnavailable(QueryError):
    """The backend named `source` gave no usable response in time; a later request may succeed."""

    def __init__(self, source: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.source = source


class AnswerMalformed(SourceUnavailable):
    """The response from the backend's address is not in the backend's format."""


class AccessDenied(SourceUnavailable):
    """The backend did not accept the credentials; a retry fails until the settings change."""


class Busy(SourceUnavailable):
    """The backend is overloaded; `retry_after` is in seconds, 0 if the backend does not send it."""

    def __init__(self, source: str, sentence: str, retry_after: float = 0.0) -> None:
        super().__init__(source, sentence)
        self.retry_after = retry_after


class CircuitOpen(SourceUnavailable):
    """No request was sent: the circuit breaker is open after repeated failures."""
