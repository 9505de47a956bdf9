"""Packages that only some services need: imported when they are used, with an error that names the extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtra(ImportError):
    """A feature whose packages are not installed; the message names the extra."""


@contextmanager
def optional(extra: str) -> Iterator[None]:
    """Imports of an extra's packages. Raises MissingExtra."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"{error.name} is not installed: install codeagent-telemetry[{extra}].", name=error.name
        ) from error
