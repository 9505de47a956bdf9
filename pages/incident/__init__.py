"""The report of an incident: everything that is known about a span of time, in its order."""
