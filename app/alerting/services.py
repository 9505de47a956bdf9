"""What services take beside a text: fields, keys against repetitions, and pictures; by the schema of an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from apprise import NotifyFormat

from app.alerting.message import Message

_FOLDER: Final = Path(__file__).parent
# Services whose own layout shows a picture as an icon; these templates show it as a picture.
_TEAMS: Final = ("workflow", "workflows")
_TEMPLATES: Final = {"slack": _FOLDER / "slack.json", **dict.fromkeys(_TEAMS, _FOLDER / "teams.json")}
_LONGEST_BLOCK: Final = 2_900  # characters as they are escaped; Slack refuses more than 3,000
_MAIL: Final = ("mailto", "mailtos")
_FIELDS: Final = ("json", "jsons", "xml", "xmls", "form", "forms")
ALT: Final = "Chart of the last three hours"


@dataclass(frozen=True)
class Content:
    """What is given to apprise. `fields` are added to the address; `image` is the picture's address in services that
    have a place for one, and empty for none.
    """

    title: str
    body: str
    format: NotifyFormat = NotifyFormat.TEXT
    fields: Mapping[str, str] = field(default_factory=dict)
    image: str = ""

    def address(self, address: str) -> str:
        """The address with the fields."""
        if not self.fields:
            return address
        return f"{address}{'&' if '?' in address else '?'}{urlencode(self.fields, quote_via=quote)}"


def content(address: str, message: Message, is_short: bool) -> Content:
    """The content for the service of an address. `is_short`: one sentence."""
    schema = address.partition("://")[0].lower()
    if schema == "pagerduty":  # takes a summary, and fields beside it
        facts = {f"+{name}": text for name, text in message.facts.items() if name != "picture"}
        incident = {"action": "map", "dedup": message.group, "click": message.link, **facts}
        return Content("", message.short, fields=incident, image=message.picture)
    fields: Mapping[str, str] = _keys(schema, message)
    if is_short:
        return Content("", message.short, fields=fields)
    if not message.picture or schema in _FIELDS:
        return Content(message.title, message.body, fields=fields)
    if schema in _MAIL:
        return Content(message.title, _html(message), NotifyFormat.HTML, fields)
    if schema in _TEMPLATES:
        template = {"template": str(_TEMPLATES[schema]), "image": "yes"}
        # A line of a card ends with an empty one.
        body = message.body.replace("\n", "\n\n") if schema in _TEAMS else _fitting(message.body)
        return Content(message.title, body, fields=template, image=message.picture)
    return Content(message.title, f"{message.body}\nChart: {message.picture}", fields=fields)


def _keys(schema: str, message: Message) -> Mapping[str, str]:
    """Fields, and the key by which a service drops a repetition, where it takes them."""
    if schema in _FIELDS:
        payload = {f":{name}": text for name, text in message.facts.items()}
        return {"+Idempotency-Key": message.key, ":group": message.group, **payload}
    if schema in _MAIL:
        # Mail programs show what refers to the same message as one conversation.
        return {"+References": f"<{message.group}@codeagent-dashboards>", "+X-Idempotency-Key": message.key}
    return {}


def _fitting(body: str) -> str:
    """As many lines as a block of Slack can hold."""
    lines = body[:_LONGEST_BLOCK].splitlines()
    while len(lines) > 1 and len(escape("\n".join(lines))) > _LONGEST_BLOCK:
        lines.pop()
    text = "\n".join(lines)
    while len(escape(text)) > _LONGEST_BLOCK:
        text = text[: len(text) * 3 // 4]
    return text


def _html(message: Message) -> str:
    lines = "<br>\n".join(escape(line) for line in message.body.splitlines())
    image = f'<img src="{escape(message.picture)}" width="800" alt="{ALT}">'
    return f'<p>{lines}</p>\n<p><a href="{escape(message.link)}">{image}</a></p>'
