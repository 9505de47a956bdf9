"""Logs: what is asked and answered (`types`), and who answers (`store`)."""
