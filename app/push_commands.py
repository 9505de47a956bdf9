"""`codeagent-dashboards push create-key|list|remove`: the key for notifications, and their browsers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.alerting.history import History, HistoryUnavailable
from app.alerting.push.keys import create_key, load_key
from app.alerting.push.subscriptions import Subscriptions
from app.settings import PREFIX, Settings

Write = Callable[[str], object]


def create(path: Path, output: Write, complain: Write) -> int:
    """Write a new key into a file; 2 if the file exists or cannot be written."""
    try:
        key = create_key(path)
    except FileExistsError:
        complain(f"{path} exists. A new key would end all subscriptions; remove the file first if you want that.\n")
        return 2
    except OSError as problem:
        complain(f"{path} cannot be written: {problem.strerror}.\n")
        return 2
    output(f"{path} has a new key. Set {PREFIX}PUSH_KEY_FILE={path}\nIts public part is {key.public}\n")
    return 0


def listing(settings: Settings, output: Write, complain: Write) -> int:
    """Print the browsers that get notifications; 2 where they cannot be read."""
    try:
        known = _subscriptions(settings).all(_public_key(settings))
    except (ValueError, HistoryUnavailable) as problem:
        complain(f"{problem}\n")
        return 2
    for row in known:
        created = datetime.fromtimestamp(row.created, UTC).strftime("%Y-%m-%d %H:%M UTC")
        output(f"{row.id}  {row.user}  {row.device}  since {created}\n")
    return 0


def remove(settings: Settings, id_: str, output: Write, complain: Write) -> int:
    """End a subscription; 1 if there is none, 2 where they cannot be read."""
    try:
        is_removed = _subscriptions(settings).remove(id_)
    except (ValueError, HistoryUnavailable) as problem:
        complain(f"{problem}\n")
        return 2
    if not is_removed:
        complain(f"There is no subscription “{id_}”. `codeagent-dashboards push list` prints them.\n")
        return 1
    output(f"{id_} gets no notifications any more.\n")
    return 0


def _subscriptions(settings: Settings) -> Subscriptions:
    if not settings.alert_store_url:
        raise ValueError(f"Subscriptions are not stored. Set {PREFIX}ALERT_STORE_URL.")
    return Subscriptions(History(settings.alert_store_url).transaction)


def _public_key(settings: Settings) -> str:
    if settings.push_key_file is None:
        raise ValueError(f"There is no key. Set {PREFIX}PUSH_KEY_FILE to a file that `push create-key` has written.")
    return load_key(settings.push_key_file).public
