"""Alerts as Prometheus' rules, Alertmanager and the stored series ALERTS tell of them, put together."""
