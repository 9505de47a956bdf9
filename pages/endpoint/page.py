"""The page of an endpoint: what stands below its board."""

from __future__ import annotations

from pages.endpoint.load import load
from pages.endpoint.query import read
from pages.endpoint.view import view
from pages.page import Page, answering

answer = answering(read, load, view)
PAGE = Page("endpoint", "Endpoint", answer, ("share", "errors", "slowest", "failing", "different"), below="endpoint")
