"""The boards as Grafana dashboards: pure functions from `Dashboard` values to JSON.

`boards` builds a `model.GrafanaDashboard`, which `v1` and `v2` write in Grafana's two schemas. The tables of units,
thresholds and colours in `units` and `fields` work in both directions.
"""
