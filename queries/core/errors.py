"""What can go wrong between a panel and its backend.

QueryError
├── InvalidInput        a range, filter or name in the request cannot be understood
├── LimitExceeded       the request asks for more range, points or series than the settings allow
├── QueryRejected       the backend understood us and refused the query
└── SourceUnavailable   no usable answer: refused connection, time-out
    ├── AnswerMalformed     something answered, but it was no answer of that backend
    ├── AccessDenied        it did not accept our credentials
    ├── Busy                it asks for patience, or fails by itself
    └── CircuitOpen         it was not asked, because the last requests failed
"""

from __future__ import annotations

from typing import Self

from queries.core.redact import redacted


class QueryError(Exception):
    """Base of the family: `sentence` says what happened, `hint` what to do; people read both, so secrets are hidden."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        sentence, hint = redacted(sentence), redacted(hint)
        super().__init__(sentence if not hint else f"{sentence} {hint}")
        self.sentence = sentence
        self.hint = hint

    def without_frames(self) -> Self:
        """A copy without traceback, cause and context.

        Errors that are kept or raised again must be copies: a traceback refers to every local variable on its way,
        among them whole answers, and grows with each raise.
        """
        twin = type(self).__new__(type(self), *self.args)
        twin.__dict__.update(self.__dict__)
        return twin


class InvalidInput(QueryError):
    """Bad input; `field` names the URL parameter or setting it came from."""

    def __init__(self, field: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.field = field


class LimitExceeded(QueryError):
    """More was asked for than the limits allow; the sentence carries the limit and the demand."""


class QueryRejected(QueryError):
    """The backend refused the query; `detail` is its own message, unchanged."""

    def __init__(self, sentence: str, detail: str = "", hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.detail = redacted(detail)


class SourceUnavailable(QueryError):
    """The backend named `source` gave no usable answer in time; asking later may help."""

    def __init__(self, source: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.source = source


class AnswerMalformed(SourceUnavailable):
    """Something answered at the backend's address, but not in its format."""


class AccessDenied(SourceUnavailable):
    """The backend did not accept the credentials; asking again does not help, other settings do."""


class Busy(SourceUnavailable):
    """The backend asks for patience; `retry_after` is in seconds, 0 when it does not say."""

    def __init__(self, source: str, sentence: str, retry_after: float = 0.0) -> None:
        super().__init__(source, sentence)
        self.retry_after = retry_after


class CircuitOpen(SourceUnavailable):
    """Not asked, because the last requests failed."""
