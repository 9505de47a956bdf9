"""The report of an incident."""

from __future__ import annotations

from pages.changes.query import read
from pages.incident.load import load
from pages.incident.view import PARTS, form, view
from pages.page import Page, renderer

render = renderer(read, load, view)
PAGE = Page("incident", "Incident report", render, PARTS, "alerts", form=form)
