"""Keys of cached things, made in one place."""

from __future__ import annotations

import hashlib

import msgspec

from queries.metrics.cache.codec import VERSION
from queries.metrics.cache.intervals import Grid
from queries.metrics.request import Request
from queries.metrics.syntax import analysed


def entry_key(*, backend: str, tenant: str, expr: str, grid: Grid, window: str = "") -> str:
    """The key of an entry, the same in every process that asks the same `backend` (see `queries.metrics.identity`).

    `window` is set for answers that cannot be extended.
    """
    content = msgspec.json.encode((backend, tenant, expr, grid.step, grid.phase, window))
    return f"q{VERSION}:{hashlib.blake2b(content, digest_size=16).hexdigest()}"


def is_extendable(expr: str) -> bool:
    """Whether answers of the expression can be put together from parts of its range; see `queries.metrics.syntax`."""
    return analysed(expr).is_extendable


def key_of(request: Request, backend: str) -> tuple[str, Grid]:
    """The entry that a request to a backend reads and writes, and its grid."""
    window = request.window
    grid = Grid.through(window.start, window.step)
    whole = "" if is_extendable(request.expr) else f"{window.start}-{window.end}"
    key = entry_key(backend=backend, tenant=request.tenant, expr=request.expr, grid=grid, window=whole)
    return key, grid
