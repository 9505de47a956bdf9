"""Backends that speak the HTTP API of Prometheus or of Alertmanager."""
