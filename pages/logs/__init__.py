"""The logs page: search, lines over time, a list, one line, one request, exports."""
