"""Static files under content-addressed names: immutable for a year, compressed once.

`assets/dist` holds what `make assets` builds from `assets/src` and `assets/css`, so that neither a checkout nor a wheel
needs Node. plotly.js is vendored and separate, since it changes with plotly's version and not with ours.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import brotli

from app.bytes_cache import BytesCache

FOLDER = Path(__file__).resolve().parent.parent / "assets"
_OTHERS = (
    *("explore.js", "explore.css", "embed.js", "embed.css", "share.js", "share.css"),
    *("palette.js", "palette.css", "push.js", "push.css"),
    *("touch.js", "touch.css"),
)
_ICONS = ("icon-192.png", "icon-512.png", "icon-maskable-512.png", "icon-touch-180.png")
PLOTLY = "vendor/plotly-cartesian-4.1.1.min.js"


@dataclass(frozen=True)
class Asset:
    """One static file: its address, type and bytes."""

    address: str
    type: str
    body: bytes
    packed: BytesCache = field(default_factory=BytesCache, repr=False, compare=False)

    @property
    def brotli(self) -> bytes:
        """Compressed once, at first use; big files at a level that takes a fraction of a second."""
        return self.packed.get("br", lambda: brotli.compress(self.body, quality=11 if len(self.body) < 200_000 else 9))

    @property
    def gzip(self) -> bytes:
        """For the few clients without brotli."""
        return self.packed.get("gzip", lambda: gzip.compress(self.body, 6, mtime=0))


@dataclass(frozen=True)
class Assets:
    """All static files, by address, and the names that the document needs."""

    files: Mapping[str, Asset]
    script: str
    style: str
    plotly: str
    icon: str
    explore_script: str
    explore_style: str
    embed_script: str
    embed_style: str
    share_script: str
    share_style: str
    palette_script: str
    palette_style: str
    push_script: str
    push_style: str
    touch_script: str
    touch_style: str
    icon_192: str
    icon_512: str
    icon_maskable: str
    icon_touch: str
    service_worker: bytes = field(kw_only=True)
    service_worker_push: bytes = field(kw_only=True)
    service_worker_removal: bytes = field(kw_only=True)


def build(folder: Path = FOLDER) -> Assets:
    """Read and name every static file below `folder`."""
    dist = folder / "dist"
    source_map = _asset("app.js.map", (dist / "app.js.map").read_bytes())
    link = f"//# sourceMappingURL={source_map.address}\n".encode()
    script = _asset("app.js", (dist / "app.js").read_bytes() + link)
    style = _asset("app.css", (dist / "app.css").read_bytes())
    plotly = _asset("plotly.js", (folder / PLOTLY).read_bytes())
    icon = _asset("icon.svg", (folder / "icon.svg").read_bytes())
    others = [_asset(name, (dist / name).read_bytes()) for name in _OTHERS]
    icons = [_asset(name, (folder / name).read_bytes()) for name in _ICONS]
    files = {asset.address: asset for asset in (script, source_map, style, plotly, icon, *others, *icons)}
    addresses = [asset.address for asset in (script, style, plotly, icon, *others, *icons)]
    return Assets(
        files,
        *addresses,
        service_worker=(dist / "service-worker.js").read_bytes(),
        service_worker_push=(dist / "service-worker-push.js").read_bytes(),
        service_worker_removal=(dist / "service-worker-removal.js").read_bytes(),
    )


def _asset(name: str, body: bytes) -> Asset:
    stem, suffix = name.split(".", 1)
    kind = "application/json" if suffix == "js.map" else mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{suffix}", kind, body)
