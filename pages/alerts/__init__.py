"""The alerts page: what fires, rules and their history, silences."""
