"""The page that proposes panels for any metric of the backend."""

from __future__ import annotations

from pages.explore.load import load
from pages.explore.query import read
from pages.explore.view import PARTS, form, view
from pages.page import Page, renderer

PAGE: Page = Page("explore", "Explore metrics", renderer(read, load, view), PARTS, form=form)
