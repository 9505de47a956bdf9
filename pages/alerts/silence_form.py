"""Forms that silence an alert and end or extend a silence; assets/src/silences.js sends them."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from panels.markup import tag
from panels.visible import visible_name
from queries.alerts.types import Alert, Silence

DURATIONS: Final = ((30, "30 minutes"), (120, "2 hours"), (480, "8 hours"), (1_440, "1 day"), (10_080, "1 week"))
# Without these a silence also holds for the next instance or severity of the same problem.
_NOISY: Final = frozenset({"instance", "pod", "severity", "team", "exhaustion", "window"})


def silence_form(alert: Alert) -> Markup:
    """A folded form with the alert's labels as matchers, a duration, a reason and a name."""
    boxes = [_matcher(name, value) for name, value in alert.labels.items() if value]
    options = [tag("option", text, value=str(minutes)) for minutes, text in DURATIONS]
    form = tag(
        "form",
        tag("fieldset", tag("legend", "Silence alerts with"), *boxes),
        tag("p", "", class_="silence-preview notes", role="status"),
        tag("label", "For ", tag("select", *options, name="minutes")),
        tag("label", "Reason ", tag("input", name="comment", required="", maxlength="500", autocomplete="off")),
        tag("label", "Your name ", tag("input", name="user", maxlength="100", autocomplete="name")),
        tag("button", "Silence", type="submit", class_="primary"),
        tag("p", "", class_="silence-error bad", role="alert"),
        class_="silence-form",
        data_silence="",
    )
    return tag("details", tag("summary", "Silence"), form, class_="silence")


def _matcher(name: str, value: str) -> Markup:
    box = tag("input", type="checkbox", name="matcher", value=f"{name}={value}", checked=None if name in _NOISY else "")
    return tag("label", box, f" {name} ", tag("b", visible_name(value)))


def silence_actions(silence: Silence) -> Markup:
    """Buttons that extend and end a silence."""
    extend = tag("button", "+ 1 hour", type="button", data_extend_silence=silence.id)
    expire = tag("button", "End now", type="button", data_expire_silence=silence.id)
    return tag("span", extend, " ", expire, class_="silence-actions")
