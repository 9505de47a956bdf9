"""The alert history: alerts and their events in SQLite or PostgreSQL.

Every method is one transaction that is on disk when the method returns, and may be repeated without an effect: ids of
alerts and events come from what they describe. So a process can be killed anywhere, and two replicas can record the
same notification.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy.exc import ArgumentError, IntegrityError, ProgrammingError, SQLAlchemyError

from app.alerting.model import Alert, AlertEvent, AlertHistory, EventKind, Observation, alert_id, fingerprint
from app.database import engine_of
from queries.core.errors import SourceUnavailable
from queries.core.redact import redact

NAME: Final = "The alert history"

log = logging.getLogger(__name__)

_TABLES: Final = sql.MetaData()
_ALERTS: Final = sql.Table(
    "alerts",
    _TABLES,
    sql.Column("id", sql.String, primary_key=True),
    sql.Column("fingerprint", sql.String, nullable=False, index=True),
    sql.Column("labels", sql.JSON, nullable=False),
    sql.Column("annotations", sql.JSON, nullable=False),
    sql.Column("starts", sql.Double, nullable=False, index=True),
    sql.Column("ends", sql.Double, nullable=False, index=True),
    sql.Column("has_exact_start", sql.Boolean, nullable=False),
    sql.Column("silenced", sql.Boolean, nullable=False),
)
_EVENTS: Final = sql.Table(
    "alert_events",
    _TABLES,
    sql.Column("id", sql.String, primary_key=True),
    sql.Column("alert_id", sql.String, nullable=False, index=True),
    sql.Column("kind", sql.String, nullable=False),
    sql.Column("time", sql.Double, nullable=False, index=True),
    sql.Column("actor", sql.String, nullable=False),
    sql.Column("detail", sql.String, nullable=False),
    sql.Column("key", sql.String, nullable=False),
    sql.Column("attempt", sql.Integer, nullable=False),
)
_LEASES: Final = sql.Table(
    "alert_leases",
    _TABLES,
    sql.Column("name", sql.String, primary_key=True),
    sql.Column("holder", sql.String, nullable=False),
    sql.Column("expires", sql.Double, nullable=False),
)


class HistoryUnavailable(SourceUnavailable):
    """The store of the alert history cannot be read or written."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            NAME,
            f"{NAME} at {redact(address)} cannot be used ({redact(reason)[:160]}).",
            "Alertmanager keeps notifying by its own routes; check CODEAGENT_ALERT_STORE_URL and the database.",
        )


class History:
    """Alerts and events; safe to share between threads and processes."""

    def __init__(self, address: str, external_labels: frozenset[str] = frozenset()) -> None:
        """`address` is an SQLAlchemy URL, `external_labels` are names of labels that only Alertmanager receives."""
        self._address = address
        self._external_labels = external_labels
        try:
            self._engine = engine_of(address)
        except (ArgumentError, ImportError) as error:
            raise HistoryUnavailable(address, str(error)) from None
        database = self._engine.url.database if self._engine.dialect.name == "sqlite" else ""
        self._file = Path(database) if database else None
        self._has_tables = False  # of a server; those of a file are looked for each time

    def record(self, observations: Iterable[Observation]) -> tuple[Alert, ...]:
        """The alerts that were observed, stored and merged with what other sources reported. HistoryUnavailable."""
        with self.transaction() as connection:
            return tuple(self._merge(connection, observation) for observation in observations)

    def add(self, happened: AlertEvent) -> bool:
        """Store an event; False if it is stored already. Raises HistoryUnavailable."""
        with self.transaction() as connection:
            return _insert(connection, _EVENTS, _event_row(happened))

    def add_all(self, events: Sequence[AlertEvent]) -> tuple[bool, ...]:
        """Store events in one transaction; for each whether it was new. Raises HistoryUnavailable.

        Of several processes that store the same event, exactly one gets True.
        """
        with self.transaction() as connection:
            return tuple(_insert(connection, _EVENTS, _event_row(event)) for event in events)

    def resolve(self, id_: str, ends: float, detail: str) -> None:
        """End an alert that no source reports any more, at `ends` (epoch seconds). Raises HistoryUnavailable."""
        with self.transaction() as connection:
            _end(connection, _ALERTS.c.id == id_, ends, "", detail)

    def firing(self, labels: Mapping[str, str]) -> tuple[AlertHistory, ...]:
        """The alert that fires with these labels, if any. Raises HistoryUnavailable."""
        mark = fingerprint(labels, self._external_labels)
        return self._select(sql.select(_ALERTS).where(_ALERTS.c.fingerprint == mark, _ALERTS.c.ends == 0.0))

    def alerts(self, since: float, limit: int = 500, rule: str = "") -> tuple[AlertHistory, ...]:
        """Alerts that fire, or ended after `since` (epoch seconds), of all rules or of one, the latest first.

        Raises HistoryUnavailable.
        """
        query = sql.select(_ALERTS).where(sql.or_(_ALERTS.c.ends == 0.0, _ALERTS.c.ends >= since))
        if rule:
            query = query.where(_ALERTS.c.labels["alertname"].as_string() == rule)
        return self._select(query.order_by(_ALERTS.c.starts.desc()).limit(limit))

    def acknowledged(self, since: float, limit: int = 2_000) -> tuple[AlertHistory, ...]:
        """Alerts that somebody acknowledged after `since` (epoch seconds), the latest first. HistoryUnavailable."""
        chosen = sql.and_(_EVENTS.c.kind == EventKind.ACKNOWLEDGED.value, _EVENTS.c.time >= since)
        ids = sql.select(_EVENTS.c.alert_id).where(chosen)
        query = sql.select(_ALERTS).where(_ALERTS.c.id.in_(ids)).order_by(_ALERTS.c.starts.desc())
        return self._select(query.limit(limit))

    def alert(self, id_: str) -> AlertHistory | None:
        """One alert. Raises HistoryUnavailable."""
        return next(iter(self._select(sql.select(_ALERTS).where(_ALERTS.c.id == id_))), None)

    def take_lease(self, name: str, holder: str, now: float, seconds: float) -> bool:
        """Take or extend a lease; False while another holder has it. Raises HistoryUnavailable."""
        row = {"name": name, "holder": holder, "expires": now + seconds}
        free = sql.or_(_LEASES.c.holder == holder, _LEASES.c.expires <= now)
        with self.transaction() as connection:
            update = connection.execute(sql.update(_LEASES).where(_LEASES.c.name == name, free).values(row))
            return update.rowcount == 1 or _insert(connection, _LEASES, row)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def _select(self, query: sql.Select[Any]) -> tuple[AlertHistory, ...]:
        with self.transaction() as connection:
            alerts = [Alert(**row) for row in connection.execute(query).mappings()]
            events = _events(connection, [alert.id for alert in alerts])
        return tuple(AlertHistory(alert, tuple(events.get(alert.id, ()))) for alert in alerts)

    def _merge(self, connection: sql.Connection, observation: Observation) -> Alert:
        mark = fingerprint(observation.labels, self._external_labels)
        alert = _known(connection, mark, observation) or _created(connection, mark, observation)
        if not alert.is_firing:  # what is reported late does not open it again
            return alert
        silenced = alert.silenced if observation.silenced is None else observation.silenced
        changes: dict[str, Any] = {"silenced": silenced}
        if observation.annotations:
            changes["annotations"] = dict(observation.annotations)
        if observation.source.knows_start and not alert.has_exact_start:
            changes |= {"starts": observation.starts, "has_exact_start": True}
        if observation.ends:
            changes["ends"] = max(observation.ends, changes.get("starts", alert.starts))
            resolved = AlertEvent(alert.id, EventKind.RESOLVED, changes["ends"], observation.source.value)
            _insert(connection, _EVENTS, _event_row(resolved))
        connection.execute(sql.update(_ALERTS).where(_ALERTS.c.id == alert.id).values(changes))
        return Alert(**connection.execute(sql.select(_ALERTS).where(_ALERTS.c.id == alert.id)).mappings().one())

    @contextmanager
    def transaction(self) -> Iterator[sql.Connection]:
        """A connection, for tables beside those of the alerts as well. Raises HistoryUnavailable."""
        try:
            self._prepare()
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise HistoryUnavailable(self._address, str(cause)) from None

    def _prepare(self) -> None:
        """Create the tables where there are none: at the start, and after the file was lost."""
        if self._has_tables or (self._file is not None and self._file.exists() and self._file.stat().st_size):
            return
        if self._file is not None:
            log.warning("%s is started again: there is no database at %s", NAME, self._file)
            self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            _TABLES.create_all(self._engine)
        except (IntegrityError, ProgrammingError) as error:
            # Another process created them between the look and the creation: the second look sees them.
            log.info("tables of the alert history: %s", redact(str(error.orig)))
            _TABLES.create_all(self._engine)
        self._has_tables = self._file is None


def _known(connection: sql.Connection, mark: str, observation: Observation) -> Alert | None:
    """The same alert: the same start or, where one of the two does not know the start, overlapping times."""
    same = sql.select(_ALERTS).where(_ALERTS.c.fingerprint == mark)
    exact = same.where(_ALERTS.c.starts == observation.starts)
    unsure = same.where(sql.or_(_ALERTS.c.ends == 0.0, _ALERTS.c.ends > observation.starts))
    if observation.source.knows_start:
        unsure = unsure.where(_ALERTS.c.has_exact_start.is_(False))
    for query in (exact, unsure.order_by(_ALERTS.c.starts.desc()).limit(1)):
        row = connection.execute(query).mappings().first()
        if row is not None:
            return Alert(**row)
    return None


def _created(connection: sql.Connection, mark: str, observation: Observation) -> Alert:
    _end_earlier(connection, mark, observation)
    alert = Alert(
        alert_id(mark, observation.starts),
        mark,
        dict(observation.labels),
        dict(observation.annotations),
        observation.starts,
        has_exact_start=observation.source.knows_start,
        silenced=bool(observation.silenced),
    )
    _insert(connection, _ALERTS, vars(alert))
    fires = AlertEvent(alert.id, EventKind.FIRING, observation.starts, observation.source.value)
    _insert(connection, _EVENTS, _event_row(fires))
    return alert


def _end_earlier(connection: sql.Connection, mark: str, observation: Observation) -> None:
    """The same labels cannot fire twice: what fired before has ended, although nobody reported it."""
    earlier = sql.and_(_ALERTS.c.fingerprint == mark, _ALERTS.c.starts < observation.starts)
    _end(connection, earlier, observation.starts, observation.source.value, "It began to fire again.")


def _end(connection: sql.Connection, chosen: sql.ColumnElement[bool], ends: float, actor: str, detail: str) -> None:
    """End those of the chosen alerts that fire."""
    firing = sql.and_(chosen, _ALERTS.c.ends == 0.0)
    for row in connection.execute(sql.select(_ALERTS.c.id).where(firing)).mappings().all():
        resolved = AlertEvent(row["id"], EventKind.RESOLVED, ends, actor, detail)
        _insert(connection, _EVENTS, _event_row(resolved))
    connection.execute(sql.update(_ALERTS).where(firing).values(ends=ends))


def _events(connection: sql.Connection, ids: list[str]) -> dict[str, list[AlertEvent]]:
    grouped: dict[str, list[AlertEvent]] = {}
    query = sql.select(_EVENTS).where(_EVENTS.c.alert_id.in_(ids)).order_by(_EVENTS.c.time, _EVENTS.c.id)
    for row in connection.execute(query).mappings():
        fields = {name: value for name, value in row.items() if name not in ("id", "kind")}
        happened = AlertEvent(kind=EventKind(row["kind"]), **fields)
        grouped.setdefault(happened.alert_id, []).append(happened)
    return grouped


def _event_row(happened: AlertEvent) -> dict[str, Any]:
    return {"id": happened.id, **vars(happened), "kind": happened.kind.value}


def _insert(connection: sql.Connection, table: sql.Table, row: Mapping[str, Any]) -> bool:
    """Whether a row was new."""
    try:
        with connection.begin_nested():
            connection.execute(sql.insert(table).values(dict(row)))
    except IntegrityError:
        return False
    return True
