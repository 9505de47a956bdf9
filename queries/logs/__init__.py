"""Logs: query and result types (`types`) and algorithms that every log store uses."""
