"""Static files under content-addressed names: built once at start, immutable for a year, compressed once.

The scripts in `assets/js` are joined in the order of their names into one file, the stylesheets into another;
plotly.js is vendored and kept apart, since it changes with plotly's version and not with ours.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import brotli

from app.once import Once

FOLDER = Path(__file__).resolve().parent.parent / "assets"
PLOTLY = "vendor/plotly-cartesian-4.1.1.min.js"


@dataclass(frozen=True)
class Asset:
    """One static file: its address, type and bytes."""

    address: str
    type: str
    body: bytes
    packed: Once = field(default_factory=Once, repr=False, compare=False)

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


def build(folder: Path = FOLDER) -> Assets:
    """Read, join and name every static file below `folder`."""
    script = _asset("app.js", _joined(folder / "js", "*.js"))
    style = _asset("app.css", _with_system_theme(_joined(folder, "tokens.css") + _joined(folder, "css/*.css")))
    plotly = _asset("plotly.js", (folder / PLOTLY).read_bytes())
    icon = _asset("icon.svg", (folder / "icon.svg").read_bytes())
    files = {asset.address: asset for asset in (script, style, plotly, icon)}
    return Assets(files, script.address, style.address, plotly.address, icon.address)


def _joined(folder: Path, pattern: str) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.glob(pattern)))


def _asset(name: str, body: bytes) -> Asset:
    stem, suffix = name.rsplit(".", 1)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{suffix}", kind, body)


def _with_system_theme(style: bytes) -> bytes:
    """Repeat the dark tokens for systems that ask for dark, so that the first paint needs no script."""
    start = style.index(b':root[data-theme="dark"] {')
    block = style[start : style.index(b"}", start) + 1]
    system = block.replace(b':root[data-theme="dark"]', b":root:not([data-theme])")
    return style + b"\n@media (prefers-color-scheme: dark) { " + system + b" }\n"
