"""Pages that say why something is not shown, to readers without sign-in: frames and displays."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from flask import Request, Response

from app.assets import Assets
from app.html_head import head
from app.json_responses import status_of
from panels.visible import visible
from queries.core.errors import QueryError

_PAGE = """<!DOCTYPE html>
<html lang="en"{theme}>
<head>
{head}{retry}</head>
<body>
<main id="main" class="refusal{wall}"><h1>{sentence}</h1><p>{hint}</p></main>
</body>
</html>"""


@dataclass(frozen=True)
class Refusals:
    """Writes such pages, without scripts."""

    assets: Assets
    clock: Callable[[], float] = time.time

    def page(self, received: Request, error: QueryError, retry_seconds: int = 0) -> Response:
        """The page of an error; on a wall, which the browser loads anew after some seconds, it is legible from afar."""
        theme = received.args.get("theme", "")
        html = _PAGE.format(
            theme=f' data-theme="{theme}"' if theme in ("light", "dark") else "",
            head=head(self.assets.embed_style, self.assets.icon, "CodeAgent", self.clock()),
            retry=f'<meta http-equiv="refresh" content="{retry_seconds}">\n' if retry_seconds else "",
            wall=" refusal-wall" if retry_seconds else "",
            sentence=escape(visible(error.sentence)),
            hint=escape(visible(error.hint)),
        )
        return Response(html, status_of(error), mimetype="text/html")
