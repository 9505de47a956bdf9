"""Packages that only some services need: asked for when they are used, with a sentence that names the extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtra(ImportError):
    """Something was asked for whose packages are not installed; the message names the extra."""


@contextmanager
def optional(extra: str) -> Iterator[None]:
    """Imports of an extra's packages. Raises MissingExtra."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"{error.name} is not installed: install codeagent-telemetry[{extra}].", name=error.name
        ) from error
