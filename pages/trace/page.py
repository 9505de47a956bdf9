"""The page of one trace."""

from __future__ import annotations

from pages.page import Page, renderer
from pages.trace.load import load, read
from pages.trace.view import view

render = renderer(read, load, view)
PAGE = Page(
    "trace",
    "Trace",
    render,
    ("head", "spans"),
    "traces",
    has_range=False,
    own=("span", "view", "find", "only", "zoom"),
    skip=("Skip to the spans", "spans"),
)
