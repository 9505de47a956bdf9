"""Finished spans without secrets: masked by the exporting thread, so that requests do not wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Status

from telemetry.masking import Masker


def masked(span: ReadableSpan, masker: Masker) -> ReadableSpan:
    """The span itself when there is nothing to hide, else a copy with name, attributes, events and status masked."""
    name, status = masker.text(span.name), _status(span.status, masker)
    attributes = _attributes(span.attributes, masker)
    events = [_event(event, masker) for event in span.events]
    unchanged = name == span.name and status is span.status and attributes is None
    if unchanged and all(new is old for new, old in zip(events, span.events, strict=True)):
        return span
    return ReadableSpan(
        name=name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes if attributes is None else attributes,
        events=events,
        links=span.links,
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=status,
        start_time=span.start_time,
        end_time=span.end_time,
    )


def _attributes(values: Mapping[str, Any] | None, masker: Masker) -> dict[str, Any] | None:
    """Masked attributes; None when none of them changed."""
    changed = False
    attributes_ = {}
    for name, value in (values or {}).items():
        attributes_[name] = new = _value(name, value, masker)
        changed = changed or new is not value
    return attributes_ if changed else None


def _value(name: str, value: Any, masker: Masker) -> Any:
    new = masker.value(name, value)
    if isinstance(value, tuple):  # the SDK's form of a list
        return value if list(value) == new else new
    return value if new == value else new


def _event(event: Event, masker: Masker) -> Event:
    attributes = _attributes(event.attributes, masker)
    return event if attributes is None else Event(event.name, attributes, event.timestamp)


def _status(status: Status, masker: Masker) -> Status:
    text = status.description and masker.text(status.description)
    return status if text == status.description else Status(status.status_code, text)
