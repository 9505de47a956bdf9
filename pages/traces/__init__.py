"""The traces page: search, durations over time, a list."""
