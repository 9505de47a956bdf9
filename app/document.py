"""The HTML document that a page of Dash lives in: the list of boards and the page about the app.

Scripts come from our own addresses only. What Dash asks for once it has started is on its way before: two round trips
less on a slow network.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from app.assets import Assets
from app.html_head import DESCRIPTION, app_links, head, part_addresses
from pages import Boards

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
{head}<link rel="preload" href="/_dash-layout" as="fetch" crossorigin="anonymous">
<link rel="preload" href="/_dash-dependencies" as="fetch" crossorigin="anonymous">
{css}
</head>
<body>
{entry}
<footer>
<script type="application/json" id="boards">{boards}</script>
{config}
<script src="{script}"></script>
{scripts}
{renderer}
</footer>
</body>
</html>"""


def interpolate(
    assets: Assets,
    boards: Callable[[], Boards],
    clock: Callable[[], float] = time.time,
) -> Callable[..., str]:
    """A replacement of Dash's `interpolate_index`.

    `clock` tells the browser what time it is here, in epoch seconds.
    """

    def document(**parts: Any) -> str:
        return TEMPLATE.format(
            head=head(assets.style, assets.icon, parts["title"], clock())
            + DESCRIPTION
            + app_links(assets)
            + part_addresses(assets),
            script=assets.script,
            css=parts["css"],
            entry=parts["app_entry"],
            boards=boards().listing,
            config=parts["config"],
            scripts=parts["scripts"],
            renderer=parts["renderer"],
        )

    return document
