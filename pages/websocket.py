"""WebSocket: how many clients are connected, and why do they disconnect?"""

from __future__ import annotations

from pages import thresholds
from pages.expressions import RANGE, peak, selector, share, total_rate
from panels.spec import Bars, BucketHeatmap, Dashboard, Lines, Over, Panel, Query, Tile, Unit

OPENED = "codeagent_websocket_connections"
CLOSED = "codeagent_websocket_disconnections_total"
MESSAGES = "codeagent_websocket_messages_total"
ACTIVE = peak(f"sum({selector('codeagent_connections_active')})")
ABNORMAL = 'reason!~"normal|going_away"'
NO_TRAFFIC = "No WebSocket traffic in this range."


def _tile(
    panel_id: str, title: str, unit: Unit, expr: str, description: str, span: int, view: Tile | None = None
) -> Panel:
    return Panel(
        id=panel_id,
        title=title,
        unit=unit,
        view=view or Tile(),
        queries=(Query(expr),),
        description=description,
        empty_message=NO_TRAFFIC,
        span=span,
        rows=2,
    )


BOARD = Dashboard(
    "websocket",
    "WebSocket",
    "How many clients are connected, and why do they disconnect?",
    (
        _tile("active", "Active", Unit.COUNT, ACTIVE, "Connections that are open now, over all instances.", 2),
        _tile("opened", "Opened", Unit.PER_SECOND, total_rate(OPENED), "Connections opened per second.", 2),
        _tile("closed", "Closed", Unit.PER_SECOND, total_rate(CLOSED), "Connections closed per second.", 2),
        _tile("messages", "Messages", Unit.PER_SECOND, total_rate(MESSAGES), "Messages per second, in and out.", 3),
        _tile(
            "abnormal",
            "Abnormal closes",
            Unit.PERCENT,
            share(CLOSED, ABNORMAL),
            "Share of closed connections whose reason was neither a normal close nor the client going away.",
            3,
            Tile(thresholds.ABNORMAL_CLOSES, rising_is_bad=True, gauge=(0, 40)),
        ),
        Panel(
            id="connections",
            title="Active connections",
            unit=Unit.COUNT,
            view=Lines(expected=True),
            queries=(Query(ACTIVE, "open", colour="--series-1"),),
            description=(
                "Open connections over all instances. Each step shows its largest value. A saw-tooth pattern points "
                "to restarts or to the timeout of a proxy."
            ),
            empty_message=NO_TRAFFIC,
            span=8,
        ),
        Panel(
            id="reasons",
            title="Why connections closed",
            unit=Unit.COUNT,
            view=Bars(share=True),
            queries=(Query(f"sum by (reason) (increase({selector(CLOSED)}[{RANGE}]))", "{{reason}}", Over.INSTANT),),
            description="Connections closed in the whole range, by reason. Abnormal: no closing handshake arrived.",
            empty_message="No connection was closed in this range.",
            span=4,
        ),
        Panel(
            id="opened-closed",
            title="Opened and closed",
            unit=Unit.PER_SECOND,
            view=Lines(),
            queries=(
                Query(total_rate(OPENED), "opened", colour="--series-3"),
                Query(total_rate(CLOSED), "closed", colour="--series-2"),
            ),
            description=(
                "Connections opened and closed per second. While more are closed than opened, clients are leaving."
            ),
            empty_message=NO_TRAFFIC,
        ),
        Panel(
            id="message-rate",
            title="Messages",
            unit=Unit.PER_SECOND,
            view=Lines(),
            queries=(Query(total_rate(MESSAGES, ("direction",)), "{{direction}}"),),
            description=(
                "Messages per second: in from clients, out to clients. A streamed response consists of many messages."
            ),
            empty_message=NO_TRAFFIC,
        ),
        Panel(
            id="duration",
            title="Connection duration",
            unit=Unit.PER_SECOND,
            view=BucketHeatmap(Unit.SECONDS),
            queries=(Query(total_rate("codeagent_websocket_connection_duration_seconds_bucket", ("le",))),),
            description=(
                "How long connections had been open when they closed. A bright row at one duration points to a timeout."
            ),
            empty_message="No connection was closed in this range.",
        ),
        Panel(
            id="message-size",
            title="Message size",
            unit=Unit.PER_SECOND,
            view=BucketHeatmap(Unit.BYTES),
            queries=(Query(total_rate("codeagent_websocket_message_size_bytes_bucket", ("le",))),),
            description="Size of messages in both directions.",
            empty_message=NO_TRAFFIC,
        ),
    ),
    filters=("environment", "job", "instance"),
    short="WebSocket",
)
