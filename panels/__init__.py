"""Panels: what they are (spec), and pure functions that draw them from frames."""
