"""Runbooks: what to do when an alert fires, with checks whose results stand beside the steps."""
