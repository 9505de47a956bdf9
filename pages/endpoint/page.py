"""The page of an endpoint: what stands below its board."""

from __future__ import annotations

from pages.endpoint.load import load
from pages.endpoint.query import read
from pages.endpoint.view import view
from pages.page import Page, renderer

render = renderer(read, load, view)
PAGE = Page("endpoint", "Endpoint", render, ("share", "errors", "slowest", "failing", "different"), below="endpoint")
