"""Keys of cached things, made in one place."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from queries.codec import VERSION
from queries.intervals import Grid
from queries.request import Request

_STRINGS: Final = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`')
# The answer at an instant must not depend on the asked range, nor on samples that are newer than the instant.
_UNEXTENDABLE: Final = re.compile(r"@|\boffset\s*-|\b(?:start|end|range|step)\s*\(\s*\)")


def entry_key(*, backend: str, tenant: str, expr: str, grid: Grid, window: str = "") -> str:
    """The key of an entry, the same in every process that asks the same `backend` (see `queries.identity`).

    `window` is set for answers that cannot be extended.
    """
    content = msgspec.json.encode((backend, tenant, expr, grid.step, grid.phase, window))
    return f"q{VERSION}:{hashlib.blake2b(content, digest_size=16).hexdigest()}"


def is_extendable(expr: str) -> bool:
    """False for an expression with `@`, a negative offset, or a function of the range: kept as a whole only."""
    return _UNEXTENDABLE.search(_STRINGS.sub('""', expr)) is None


def key_of(request: Request, backend: str) -> tuple[str, Grid]:
    """The entry that a request to a backend reads and writes, and its grid."""
    window = request.window
    grid = Grid.through(window.start, window.step)
    whole = "" if is_extendable(request.expr) else f"{window.start}-{window.end}"
    key = entry_key(backend=backend, tenant=request.tenant, expr=request.expr, grid=grid, window=whole)
    return key, grid
