"""Browsers that want notifications, and which messages they have, beside the alert history in its database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sql

from app.database import create_table
from queries.core.errors import InvalidInput

MOST: Final = 500
MOST_OF_USER: Final = 10  # browsers; more are left from before
DELIVERED_SECONDS: Final = 2 * 86_400.0  # attempts of a message end earlier
_TABLES: Final = sql.MetaData()
_SUBSCRIPTIONS: Final = sql.Table(
    "push_subscriptions",
    _TABLES,
    sql.Column("id", sql.String, primary_key=True),
    sql.Column("endpoint", sql.String, nullable=False),
    sql.Column("p256dh", sql.String, nullable=False),
    sql.Column("auth", sql.String, nullable=False),
    sql.Column("user", sql.String, nullable=False, index=True),
    sql.Column("device", sql.String, nullable=False),
    sql.Column("created", sql.Double, nullable=False),
    sql.Column("server_key", sql.String, nullable=False),
)
_DELIVERIES: Final = sql.Table(
    "push_deliveries",
    _TABLES,
    sql.Column("message", sql.String, primary_key=True),
    sql.Column("subscription", sql.String, primary_key=True),
    sql.Column("instant", sql.Double, nullable=False, index=True),
)
Transaction = Callable[[], AbstractContextManager[sql.Connection]]


@dataclass(frozen=True)
class Subscription:
    """A browser. `endpoint` and `auth` are secrets: whoever has them can write to it.

    `server_key` is the public key of this app that it has subscribed with; `created` is in epoch seconds.
    """

    endpoint: str
    p256dh: str
    auth: str
    user: str
    device: str
    created: float
    server_key: str

    @property
    def id(self) -> str:
        """The same for the same browser; tells nothing about its endpoint."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()[:16]


class Subscriptions:
    """Over the transactions of the alert history. Its errors are those of the history."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, subscription: Subscription) -> None:
        """Store a subscription, in place of an earlier one of this browser. Raises InvalidInput beyond the limits."""
        with self._prepared() as connection:
            _delete(connection, _SUBSCRIPTIONS.c.id == subscription.id)
            _delete(connection, _SUBSCRIPTIONS.c.server_key != subscription.server_key)
            _check_limits(connection, subscription.user)
            connection.execute(sql.insert(_SUBSCRIPTIONS).values(id=subscription.id, **vars(subscription)))

    def all(self, server_key: str, users: Collection[str] = ()) -> tuple[Subscription, ...]:
        """The subscriptions with a public key of this app, of some users or of everybody, by user and age."""
        query = sql.select(_SUBSCRIPTIONS).where(_SUBSCRIPTIONS.c.server_key == server_key)
        if users:
            query = query.where(_SUBSCRIPTIONS.c.user.in_(users))
        with self._prepared() as connection:
            rows = connection.execute(query.order_by(_SUBSCRIPTIONS.c.user, _SUBSCRIPTIONS.c.created)).mappings()
            return tuple(Subscription(**{name: value for name, value in row.items() if name != "id"}) for row in rows)

    def remove(self, id_: str) -> bool:
        """Whether there was such a subscription; it gets nothing more."""
        with self._prepared() as connection:
            return _delete(connection, _SUBSCRIPTIONS.c.id == id_) > 0

    def delivered(self, message: str) -> frozenset[str]:
        """The ids of the subscriptions that have a message."""
        query = sql.select(_DELIVERIES.c.subscription).where(_DELIVERIES.c.message == message)
        with self._prepared() as connection:
            return frozenset(connection.execute(query).scalars())

    def mark_delivered(self, message: str, ids: Collection[str], now: float) -> None:
        """Remember that subscriptions have a message, and forget those of some days ago."""
        with self._prepared() as connection:
            old = _DELIVERIES.c.instant < now - DELIVERED_SECONDS
            again = sql.and_(_DELIVERIES.c.message == message, _DELIVERIES.c.subscription.in_(ids))
            connection.execute(sql.delete(_DELIVERIES).where(sql.or_(old, again)))
            for id_ in ids:
                connection.execute(sql.insert(_DELIVERIES).values(message=message, subscription=id_, instant=now))

    @contextmanager
    def _prepared(self) -> Iterator[sql.Connection]:
        with self._transaction() as connection:
            for table in (_SUBSCRIPTIONS, _DELIVERIES):
                create_table(connection, table)
            yield connection


def _delete(connection: sql.Connection, chosen: sql.ColumnElement[bool]) -> int:
    return connection.execute(sql.delete(_SUBSCRIPTIONS).where(chosen)).rowcount


def _check_limits(connection: sql.Connection, user: str) -> None:
    counted = sql.select(sql.func.count()).select_from(_SUBSCRIPTIONS)
    if (connection.execute(counted.where(_SUBSCRIPTIONS.c.user == user)).scalar() or 0) >= MOST_OF_USER:
        raise InvalidInput("user", f"You have {MOST_OF_USER} browsers with notifications already.", "Remove one.")
    if (connection.execute(counted).scalar() or 0) >= MOST:
        raise InvalidInput("user", f"{MOST} browsers have notifications, which is the limit.", "Remove some.")
