"""The text of a file as a dashboard, in whichever schema it is written."""

from __future__ import annotations

from typing import Any, Final

import orjson

from app.grafana.importing import v1, v2
from app.grafana.importing.source import ImportRefused, SourceDashboard

MOST_BYTES: Final = 20 * 2**20
MOST_PANELS: Final = 1_000


def read(text: bytes) -> SourceDashboard:
    """The dashboard of a file. Raises ImportRefused with a sentence."""
    if len(text) > MOST_BYTES:
        raise ImportRefused(f"The file has more than {MOST_BYTES // 2**20} MiB, which no dashboard needs.")
    try:
        content: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ImportRefused(f"This is not valid JSON: {str(error)[:120]}.") from None
    if isinstance(content, dict) and isinstance(content.get("dashboard"), dict):
        content = content["dashboard"]  # an answer of the API, or the body of a request to it
    if not isinstance(content, dict):
        raise ImportRefused("This is no dashboard of Grafana: the file holds no object.")
    is_resource = isinstance(content.get("spec"), dict)
    if is_resource and isinstance(content["spec"].get("panels"), list):
        content, is_resource = content["spec"], False  # schema v1 as a resource
    dashboard = v2.dashboard(content) if is_resource else v1.dashboard(content)
    if len(dashboard.panels) > MOST_PANELS:
        raise ImportRefused(f"The dashboard has {len(dashboard.panels)} panels; {MOST_PANELS} are read at most.")
    return dashboard
