"""Runbooks: what an alert means, what to check first, and what to do."""
