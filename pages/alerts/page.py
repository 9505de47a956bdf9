"""The alerts page."""

from __future__ import annotations

from pages.alerts.load import load
from pages.alerts.query import read
from pages.alerts.view import PARTS, form, view
from pages.page import Page, renderer

render = renderer(read, load, view)
PAGE = Page("alerts", "Alerts", render, PARTS, "alerts", has_range=False, form=form)
