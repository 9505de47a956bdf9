"""The page that compares two traces."""

from __future__ import annotations

from pages.compare.load import load, read
from pages.compare.view import view
from pages.page import Page, renderer

render = renderer(read, load, view)
PAGE = Page("compare", "Compare traces", render, ("pair", "differences"), "traces", has_range=False)
