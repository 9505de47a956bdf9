"""What makes the dashboards an app on a phone: its manifest, and the service worker that shows pages without a network
and notifications.

The manifest follows https://www.w3.org/TR/appmanifest/. Both are at the root, since a service worker answers only for
addresses below its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, jsonify

from app.assets import Assets
from panels.themes import tokens

MANIFEST: Final = "/manifest.webmanifest"
WORKER: Final = "/service-worker.js"
_SHORTCUTS: Final[Mapping[str, str]] = {
    "Alerts": "/alerts",
    "Provider Monitoring": "/providers",
    "API Performance": "/api-performance",
}


def installable(static: Assets, stores_pages: bool, has_push: bool = False) -> Blueprint:
    """The routes. Unless `stores_pages`, the worker removes what it stored on the viewers' devices, and itself unless
    it is needed for notifications.
    """
    routes = Blueprint("installable", __name__)
    without_pages = static.service_worker_push if has_push else static.service_worker_removal
    script = static.service_worker if stores_pages else without_pages

    @routes.get(MANIFEST)
    def manifest() -> Response:
        answer = jsonify(_manifest(static))
        answer.mimetype = "application/manifest+json"
        answer.headers["Cache-Control"] = "public, max-age=3600"
        return answer

    @routes.get(WORKER)
    def service_worker() -> Response:
        return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})

    return routes


def _manifest(static: Assets) -> dict[str, Any]:
    colours = tokens("light")
    return {
        "id": "/",
        "name": "CodeAgent Dashboards",
        "short_name": "CodeAgent",
        "description": "Dashboards of an LLM gateway",
        "start_url": "/overview",
        "scope": "/",
        "display": "standalone",
        "background_color": colours["--page"],
        "theme_color": colours["--surface"],
        "icons": [
            {"src": static.icon, "sizes": "any", "type": "image/svg+xml"},
            *(
                {"src": address, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
                for size, purpose, address in (
                    (192, "any", static.icon_192),
                    (512, "any", static.icon_512),
                    (512, "maskable", static.icon_maskable),
                )
            ),
        ],
        "shortcuts": [{"name": name, "url": path} for name, path in _SHORTCUTS.items()],
    }
