"""The traces page: search, durations over time, a list, services and operations with counts."""

from __future__ import annotations

from pages.page import Page, renderer
from pages.traces.load import load
from pages.traces.query import read
from pages.traces.view import form, view

render = renderer(read, load, view)
PAGE = Page("traces", "Traces", render, ("form", "facets", "scatter", "different", "list"), "traces", form=form)
