"""Firing alerts of an Alertmanager, API version 2: what is neither silenced nor inhibited."""

from __future__ import annotations

from typing import Final

import msgspec

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed
from queries.metrics.alerts import FiringAlert, epoch_seconds
from queries.metrics.prometheus.http_api import Connection, HttpApi

_ACTIVE: Final = {"active": "true", "silenced": "false", "inhibited": "false"}


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    startsAt: str  # noqa: N815  the API's own spelling
    annotations: dict[str, str] = {}
    updatedAt: str = ""  # noqa: N815


_ALERTS: Final = msgspec.json.Decoder(list[_Alert])


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
        reply = self._api.ask("/api/v2/alerts", _ACTIVE, deadline)
        try:
            return tuple(_alert(row, reply.as_of) for row in _ALERTS.decode(reply.body))
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
