"""Searching logs and traces: the grammar of the search box, filters, and what every result has."""
