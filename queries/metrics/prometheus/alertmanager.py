"""Firing alerts of an Alertmanager, API version 2: what is neither silenced nor inhibited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from queries.alerts.types import Matcher, RoutedAlert, Silence
from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed
from queries.metrics.alerts import FiringAlert, epoch_seconds
from queries.metrics.prometheus.http_api import Connection, HttpApi

_ACTIVE: Final = {"active": "true", "silenced": "false", "inhibited": "false"}


class _Status(msgspec.Struct):
    state: str = ""
    silencedBy: list[str] = []  # noqa: N815  the API's own spelling
    inhibitedBy: list[str] = []  # noqa: N815


class _Receiver(msgspec.Struct):
    name: str


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    startsAt: str  # noqa: N815
    annotations: dict[str, str] = {}
    updatedAt: str = ""  # noqa: N815
    status: _Status = msgspec.field(default_factory=_Status)
    receivers: list[_Receiver] = []


class _Matcher(msgspec.Struct):
    name: str
    value: str
    isRegex: bool = False  # noqa: N815
    isEqual: bool = True  # noqa: N815


class _Silence(msgspec.Struct):
    id: str
    matchers: list[_Matcher]
    startsAt: str  # noqa: N815
    endsAt: str  # noqa: N815
    status: _Status
    createdBy: str = ""  # noqa: N815
    comment: str = ""


class _Created(msgspec.Struct):
    silenceID: str  # noqa: N815


_CREATED: Final = msgspec.json.Decoder(_Created)
_ALERTS: Final = msgspec.json.Decoder(list[_Alert])
_SILENCES: Final = msgspec.json.Decoder(list[_Silence])
T = TypeVar("T")


class Alertmanager:
    """Reads alerts; safe to share between threads."""

    def __init__(self, connection: Connection) -> None:
        self._api = HttpApi(connection)

    @property
    def name(self) -> str:
        """How it is called in messages."""
        return self._api.name

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """Alerts that fire now. Raises QueryError."""
        rows, as_of = self._ask("/api/v2/alerts", _ACTIVE, _ALERTS, deadline)
        return self._converted(lambda: tuple(_alert(row, as_of) for row in rows))

    def routed_alerts(self, deadline: Deadline, matchers: Sequence[Matcher] = ()) -> tuple[RoutedAlert, ...]:
        """All alerts that the matchers match, silenced and inhibited ones too. Raises QueryError."""
        filters = "?" + urlencode([("filter", str(matcher)) for matcher in matchers]) if matchers else ""
        rows, _ = self._ask(f"/api/v2/alerts{filters}", {}, _ALERTS, deadline)
        return self._converted(lambda: tuple(map(_routed, rows)))

    def silences(self, deadline: Deadline) -> tuple[Silence, ...]:
        """All silences, expired ones too. Raises QueryError."""
        rows, _ = self._ask("/api/v2/silences", {}, _SILENCES, deadline)
        return self._converted(lambda: tuple(map(_silence, rows)))

    def silence(self, silence: Silence, deadline: Deadline) -> str:
        """Create a silence, or change the one with its id. Returns the id. Raises QueryError."""
        content = {
            "matchers": [
                {"name": row.name, "value": row.value, "isRegex": row.is_regex, "isEqual": row.is_equal}
                for row in silence.matchers
            ],
            "startsAt": _rfc3339(silence.starts_at),
            "endsAt": _rfc3339(silence.ends_at),
            "createdBy": silence.author,
            "comment": silence.comment,
            **({"id": silence.id} if silence.id else {}),
        }
        reply = self._api.write("POST", "/api/v2/silences", content, deadline)
        return self._converted(lambda: _CREATED.decode(reply.body).silenceID)

    def expire(self, silence_id: str, deadline: Deadline) -> None:
        """End a silence. Raises QueryError."""
        self._api.write("DELETE", f"/api/v2/silence/{quote(silence_id, safe='')}", None, deadline)

    def _ask(
        self, path: str, parameters: Mapping[str, str], decoder: msgspec.json.Decoder[T], deadline: Deadline
    ) -> tuple[T, float]:
        reply = self._api.ask(path, parameters, deadline)
        return self._converted(lambda: decoder.decode(reply.body)), reply.as_of

    def _converted(self, convert: Callable[[], T]) -> T:
        try:
            return convert()
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise AnswerMalformed(
                self.name,
                f"{self.name} answered, but not as Alertmanager does ({str(error)[:120]}).",
                "Check the address and any proxy in front of it.",
            ) from None

    def close(self) -> None:
        """Close its connections."""
        self._api.close()


def _alert(row: _Alert, as_of: float) -> FiringAlert:
    updated = epoch_seconds(row.updatedAt) if row.updatedAt else as_of
    return FiringAlert(row.labels, row.annotations, epoch_seconds(row.startsAt), updated)


def _routed(row: _Alert) -> RoutedAlert:
    return RoutedAlert(
        row.labels,
        row.annotations,
        epoch_seconds(row.startsAt),
        tuple(row.status.silencedBy),
        tuple(row.status.inhibitedBy),
        tuple(receiver.name for receiver in row.receivers),
    )


def _silence(row: _Silence) -> Silence:
    return Silence(
        row.id,
        tuple(Matcher(matcher.name, matcher.value, matcher.isRegex, matcher.isEqual) for matcher in row.matchers),
        epoch_seconds(row.startsAt),
        epoch_seconds(row.endsAt),
        row.createdBy,
        row.comment,
        row.status.state,
    )


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
