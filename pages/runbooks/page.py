"""The page of runbooks."""

from __future__ import annotations

from pages.page import Page, renderer
from pages.runbooks.load import load_model
from pages.runbooks.query import read
from pages.runbooks.view import view

render = renderer(read, load_model, view)
PAGE = Page("runbooks", "Runbooks", render, ("runbook",), "alerts", has_range=False)
