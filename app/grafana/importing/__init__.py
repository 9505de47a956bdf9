"""Dashboards of Grafana as boards: `reading` reads both schemas, `boards` converts, `command` writes files."""
