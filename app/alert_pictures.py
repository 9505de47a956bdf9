"""The picture of an alert: the first panel of its runbook, with the alert's labels as filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from app.json_responses import NotFound
from app.signed_links import LinkScope, LinkSigner
from pages import BOARDS
from pages.runbooks.document import PanelBlock, load
from queries.core.time_range import DAY

SECONDS: Final = 3 * 3_600
LASTS: Final = 7 * DAY  # a message is read within days
_PREFIX: Final = "/runbooks/"


def panel_of_runbook(name: str) -> PanelBlock:
    """The panel that stands for a runbook. Raises NotFound."""
    runbook = load(name)
    if runbook is None or not runbook.panels:
        raise NotFound(f"There is no runbook “{name[:60]}” with a panel.")
    return runbook.panels[0]


def panel_picture_url(
    base: str, labels: Mapping[str, str], annotations: Mapping[str, str], signer: LinkSigner | None, now: float
) -> str:
    """The address of the picture of an alert, signed for a week if there is a signer; empty without a runbook of ours.

    It shows the three hours until `now` (epoch seconds), whenever somebody looks at it. `base` is the address of the
    dashboards without a slash at its end.
    """
    runbook = annotations.get("runbook", "")
    if not runbook.startswith(_PREFIX):
        return ""
    try:
        block = panel_of_runbook(runbook.removeprefix(_PREFIX))
    except NotFound:
        return ""
    filters = {name: [labels[name]] for name in BOARDS[block.board].filters if labels.get(name)}
    path = f"{base}/render/{block.board}/{block.panel}.png"
    parameters = {"from": f"{now - SECONDS:.0f}", "to": f"{now:.0f}", "scale": "2"}
    if signer is None:
        chosen = [(name, value) for name, values in filters.items() for value in values]
        return f"{path}?{urlencode([*parameters.items(), *chosen])}"
    scope = LinkScope("render", block.board, block.panel, filters, DAY, now + LASTS)
    return signer.address(path, scope, parameters)
