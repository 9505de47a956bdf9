"""WebSocket: how many are connected, and why do they leave?"""

from __future__ import annotations

from pages.expressions import RANGE, peak, selector, share, total_rate
from panels.spec import Bars, BucketHeatmap, Dashboard, Lines, Over, Panel, Query, Thresholds, Tile, Unit

OPENED = "codeagent_websocket_connections"
CLOSED = "codeagent_websocket_disconnections_total"
MESSAGES = "codeagent_websocket_messages_total"
ACTIVE = peak(f"sum({selector('codeagent_connections_active')})")
ABNORMAL = 'reason!~"normal|going_away"'
QUIET = "No WebSocket traffic in this range."


def _tile(
    panel_id: str, title: str, unit: Unit, expr: str, description: str, span: int, view: Tile | None = None
) -> Panel:
    return Panel(panel_id, title, unit, view or Tile(), (Query(expr),), description, QUIET, span=span, rows=2)


BOARD = Dashboard(
    "websocket",
    "WebSocket",
    "How many are connected, and why do they leave?",
    (
        _tile("active", "Active", Unit.COUNT, ACTIVE, "Connections open now, over all instances.", 2),
        _tile("opened", "Opened", Unit.PER_SECOND, total_rate(OPENED), "Connections opened per second.", 2),
        _tile("closed", "Closed", Unit.PER_SECOND, total_rate(CLOSED), "Connections closed per second.", 2),
        _tile("messages", "Messages", Unit.PER_SECOND, total_rate(MESSAGES), "Messages per second, in and out.", 3),
        _tile(
            "abnormal", "Abnormal closes", Unit.PERCENT, share(CLOSED, ABNORMAL),
            "Share of closed connections that ended neither normally nor by the client going away.", 3,
            Tile(Thresholds(warning=5, critical=20), rising_is_bad=True, gauge=(0, 40)),
        ),
        Panel(
            "connections", "Active connections", Unit.COUNT, Lines(), (Query(ACTIVE, "open", colour="--series-1"),),
            "Connections open, over all instances; the most of each step. "
            "A saw-tooth is a restart or a proxy's time-out.", QUIET, span=8,
        ),
        Panel(
            "reasons", "Why connections closed", Unit.COUNT, Bars(share=True),
            (Query(f"sum by (reason) (increase({selector(CLOSED)}[{RANGE}]))", "{{reason}}", Over.INSTANT),),
            "Closed connections of the whole range by reason. Abnormal: no closing handshake arrived.",
            "No connection closed in this range.", span=4,
        ),
        Panel(
            "opened-closed", "Opened and closed", Unit.PER_SECOND, Lines(),
            (
                Query(total_rate(OPENED), "opened", colour="--series-3"),
                Query(total_rate(CLOSED), "closed", colour="--series-2"),
            ),
            "Connections opened and closed per second; where closed stays above opened, clients are leaving.", QUIET,
        ),
        Panel(
            "message-rate", "Messages", Unit.PER_SECOND, Lines(),
            (Query(total_rate(MESSAGES, ("direction",)), "{{direction}}"),),
            "Messages per second: in from clients, out to clients (a streamed answer is many messages).", QUIET,
        ),
        Panel(
            "duration", "Connection duration", Unit.PER_SECOND, BucketHeatmap(Unit.SECONDS),
            (Query(total_rate("codeagent_websocket_connection_duration_seconds_bucket", ("le",))),),
            "How long connections had lived when they closed. A bright row at one duration is somebody's time-out.",
            "No connection closed in this range.",
        ),
        Panel(
            "message-size", "Message size", Unit.PER_SECOND, BucketHeatmap(Unit.BYTES),
            (Query(total_rate("codeagent_websocket_message_size_bytes_bucket", ("le",))),),
            "Sizes of messages, both directions.", QUIET,
        ),
    ),
    filters=("environment", "instance"),
    short="WebSocket",
)  # fmt: skip
