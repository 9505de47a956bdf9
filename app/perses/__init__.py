"""The boards as dashboards of Perses (https://perses.dev/perses/docs/api/dashboard/).

Queries, positions and filters are those of the export for Grafana; `plugins.py` chooses how Perses draws each view.
"""
