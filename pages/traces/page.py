"""The traces page: search, durations over time, a list, services and operations with counts."""

from __future__ import annotations

from pages.page import Page, answering
from pages.traces.load import load
from pages.traces.query import read
from pages.traces.view import form, view

answer = answering(read, load, view)
PAGE = Page("traces", "Traces", answer, ("form", "facets", "scatter", "different", "list"), "traces", form=form)
