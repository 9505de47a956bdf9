"""What Alertmanager posts to a webhook (version 4 of its payload), as observations."""

from __future__ import annotations

from typing import Final

import msgspec

from app.alerting.model import Observation, Source
from queries.core.errors import InvalidInput
from queries.metrics.alerts import epoch_seconds


class _Alert(msgspec.Struct):
    status: str
    labels: dict[str, str]
    startsAt: str  # noqa: N815  the payload's own spelling
    annotations: dict[str, str] = {}
    endsAt: str = ""  # noqa: N815


class _Payload(msgspec.Struct):
    version: str
    alerts: list[_Alert]


_PAYLOAD: Final = msgspec.json.Decoder(_Payload)
VERSION: Final = "4"


def observations(body: bytes, now: float) -> tuple[Observation, ...]:
    """The alerts of a payload, received at `now` (epoch seconds). Raises InvalidInput."""
    try:
        payload = _PAYLOAD.decode(body)
        if payload.version != VERSION:
            raise InvalidInput("body", f"Version {payload.version[:20]} of the payload is not known; send {VERSION}.")
        return tuple(_observation(alert, now) for alert in payload.alerts)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidInput("body", f"The body is not a notification of Alertmanager ({str(error)[:120]}).") from None


def _observation(alert: _Alert, now: float) -> Observation:
    ends = (epoch_seconds(alert.endsAt) if alert.endsAt else now) if alert.status == "resolved" else 0.0
    starts = epoch_seconds(alert.startsAt)
    return Observation(Source.WEBHOOK, alert.labels, alert.annotations, starts, now, ends)
