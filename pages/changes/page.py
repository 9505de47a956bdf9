"""The page that says what changed in a window."""

from __future__ import annotations

from pages.changes.load import load
from pages.changes.query import read
from pages.changes.view import PARTS, form, view
from pages.page import Page, renderer

render = renderer(read, load, view)
PAGE = Page("changes", "What changed?", render, PARTS, "overview", form=form)
