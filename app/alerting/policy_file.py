"""The file that tells who is notified: channels, calendars and policies, as TOML (docs/alerting.md has an example).

Paths in it are relative to its folder. Secrets stay in files of their own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from app.alerting.calendars import BusinessHours, Calendar, Rota
from app.alerting.channels import AppriseChannel, Channel, address_in
from app.alerting.escalation import GROUP_SECONDS, Digest, Level, Policy
from app.alerting.ical_spans import IcalSpans
from queries.alerts.types import Matcher
from queries.core.errors import InvalidInput
from queries.core.time_range import duration
from queries.core.zones import zone_of

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_MATCHER: Final = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s]+))\s*')


class _Channel(msgspec.Struct, forbid_unknown_fields=True):
    """An address of apprise in a file, or with `push` the browsers of `users`, or of everybody."""

    url_file: str = ""
    push: bool = False
    users: list[str] = []
    short: bool = False
    resolved: bool = True


class _Calendar(msgspec.Struct, forbid_unknown_fields=True):
    """Business hours, or with `ical` the events of a calendar."""

    days: list[str] = []
    opens: time = time(0)
    closes: time = time(0)
    zone: str = ""
    holidays: list[date] = []
    holidays_ical: str = ""
    ical: str = ""
    ical_file: str = ""


class _Level(msgspec.Struct, forbid_unknown_fields=True):
    channels: list[str]
    after: str = "0s"
    during: str = ""
    outside: str = ""


class _Digest(msgspec.Struct, forbid_unknown_fields=True):
    calendar: str
    channels: list[str]


class _Policy(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    severities: list[str]
    matchers: list[str] = []
    group_by: list[str] = msgspec.field(default_factory=lambda: ["alertname", "environment"])
    group_interval: str = f"{GROUP_SECONDS:.0f}s"
    levels: list[_Level] = []
    digest: _Digest | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    channels: dict[str, _Channel]
    policies: list[_Policy]
    zone: str = "UTC"
    calendars: dict[str, _Calendar] = {}


@dataclass(frozen=True)
class Notifying:
    """Who is notified how: policies in their order, channels by name, and what messages need."""

    policies: tuple[Policy, ...]
    channels: Mapping[str, Channel]
    url: str
    zone: ZoneInfo


PushChannels = Callable[[tuple[str, ...]], Channel]


def load(path: Path, push: PushChannels | None = None) -> Notifying:
    """What a file says. Raises ValueError with the place and what to write.

    `push` gives the channel to the browsers of users, to all for none; None where push is not set up.
    """
    try:
        content = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as problem:
        raise ValueError(f"{path}: {problem}") from None
    try:
        return _notifying(content, path.parent, push)
    except InvalidInput as problem:
        raise ValueError(f"{path}, {problem.field}: {problem.sentence} {problem.hint}".rstrip()) from None


def _notifying(content: _File, folder: Path, push: PushChannels | None) -> Notifying:
    if not content.url.startswith(("http://", "https://")):
        raise InvalidInput("url", "The address of the dashboards begins with https://.", "Messages link to it.")
    zone, url = _zone(content.zone, "zone"), content.url.rstrip("/")
    channels = {name: _channel(name, row, folder, url, push) for name, row in content.channels.items()}
    calendars = {name: _calendar(name, row, folder, zone) for name, row in content.calendars.items()}
    resolved = frozenset(name for name, row in content.channels.items() if row.resolved)
    policies = tuple(_policy(row, calendars, frozenset(channels), resolved) for row in content.policies)
    if not policies or len({policy.name for policy in policies}) < len(policies):
        raise InvalidInput("policies", "At least one policy is needed, and each has a name of its own.")
    return Notifying(policies, channels, url, zone)


def _channel(name: str, row: _Channel, folder: Path, url: str, push: PushChannels | None) -> Channel:
    place, path = f"channels.{name}", folder / Path(row.url_file).expanduser()
    if not _NAME.fullmatch(name):
        raise InvalidInput(place, "The name of a channel has letters, digits, dots, dashes and underscores only.")
    if row.push == bool(row.url_file) or (row.users and not row.push):
        raise InvalidInput(place, "A channel has either url_file, or push = true and perhaps users.")
    if row.push:
        if push is None:
            raise InvalidInput(
                place, "push needs CODEAGENT_PUSH_KEY_FILE.", "codeagent-dashboards push create-key FILE"
            )
        return push(tuple(row.users))
    try:
        address_in(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InvalidInput(place, f"The address in {path} cannot be used: {problem}.") from None
    return AppriseChannel(name, path, url, row.short)


def _calendar(name: str, row: _Calendar, folder: Path, default: ZoneInfo) -> Calendar:
    place, zone = f"calendars.{name}", _zone(row.zone, f"calendars.{name}.zone") if row.zone else default
    if row.ical and row.ical_file:
        raise InvalidInput(place, "Either ical or ical_file is possible.")
    if row.ical or row.ical_file:
        if row.days or row.holidays or row.holidays_ical:
            raise InvalidInput(place, "A calendar has either days or the events of an iCalendar.")
        address = row.ical or _secret(folder / Path(row.ical_file).expanduser(), place)
        return Rota(_spans(name, address, folder, zone))
    if not row.days or any(day not in _DAYS for day in row.days):
        raise InvalidInput(f"{place}.days", "The days of a calendar are needed.", f"Choose among {', '.join(_DAYS)}.")
    if row.closes != time() and row.closes <= row.opens:
        raise InvalidInput(f"{place}.closes", "The closing time is not after the opening time.")
    more = _spans(f"{name} holidays", row.holidays_ical, folder, zone) if row.holidays_ical else None
    weekdays = frozenset(_DAYS.index(day) for day in row.days)
    return BusinessHours(zone, weekdays, row.opens, row.closes, frozenset(row.holidays), more)


def _spans(name: str, address: str, folder: Path, zone: ZoneInfo) -> IcalSpans:
    """A file is relative to the folder; webcal is https."""
    if address.startswith("webcal://"):
        address = "https" + address.removeprefix("webcal")
    is_web = address.startswith(("http://", "https://"))
    return IcalSpans(name, address if is_web else str(folder / Path(address).expanduser()), zone)


def _secret(path: Path, place: str) -> str:
    try:
        return address_in(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InvalidInput(place, f"The address in {path} cannot be used: {problem}.") from None


def _policy(
    row: _Policy, calendars: Mapping[str, Calendar], channels: frozenset[str], resolved: frozenset[str]
) -> Policy:
    place = f"policies.{row.name}"
    if not row.severities or not (row.levels or row.digest):
        raise InvalidInput(place, "A policy has severities, and levels or a digest.")
    levels = tuple(
        Level(
            _delay(level.after, f"{place}.after"),
            _channels(level.channels, channels, place),
            _named(level.during, calendars, place),
            _named(level.outside, calendars, place),
        )
        for level in row.levels
    )
    delays = [level.delay for level in levels]
    if delays != sorted(delays):
        raise InvalidInput(place, "The levels are not in the order of their delays.")
    return Policy(
        row.name,
        frozenset(row.severities),
        levels,
        tuple(_matcher(text, place) for text in row.matchers),
        _digest(row.digest, calendars, channels, place) if row.digest else None,
        resolved,
        tuple(row.group_by),
        _delay(row.group_interval, f"{place}.group_interval"),
    )


def _digest(row: _Digest, calendars: Mapping[str, Calendar], channels: frozenset[str], place: str) -> Digest:
    calendar = _named(row.calendar, calendars, place)
    if not isinstance(calendar, BusinessHours):
        raise InvalidInput(f"{place}.digest", "A digest needs a calendar with days, at whose opening it is sent.")
    return Digest(calendar, _channels(row.channels, channels, place))


def _channels(names: list[str], known: frozenset[str], place: str) -> tuple[str, ...]:
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise InvalidInput(place, f"There is no channel “{', '.join(unknown)}”.", f"Known: {', '.join(sorted(known))}.")
    return tuple(names)


def _named(name: str, calendars: Mapping[str, Calendar], place: str) -> Calendar | None:
    if name and name not in calendars:
        raise InvalidInput(place, f"There is no calendar “{name}”.")
    return calendars.get(name)


def _delay(text: str, place: str) -> float:
    return 0.0 if text in ("0", "0s") else float(duration(text, place))


def _matcher(text: str, place: str) -> Matcher:
    """A matcher in Alertmanager's notation."""
    match = _MATCHER.fullmatch(text)
    if match is None:
        raise InvalidInput(place, f"“{text}” is not a valid matcher.", 'Write team="backend" or environment=~"prod.*".')
    operator, quoted, bare = match[2], match[3], match[4]
    value = re.sub(r"\\(.)", lambda escaped: {"n": "\n"}.get(escaped[1], escaped[1]), quoted) if bare is None else bare
    try:
        re.compile(value if "~" in operator else "")
    except re.error as problem:
        raise InvalidInput(place, f"“{value}” is not a valid regular expression: {problem}.") from None
    return Matcher(match[1], value, "~" in operator, not operator.startswith("!"))


def _zone(name: str, place: str) -> ZoneInfo:
    zone = zone_of(name)
    if zone is None:
        raise InvalidInput(place, f"“{name}” is not a valid time zone.", "Write one such as Europe/Berlin.")
    return zone
