"""Panels: what they are (spec), and pure functions that draw them from frames."""

from panels.registry import draw

__all__ = ["draw"]
