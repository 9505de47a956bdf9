"""OpenTelemetry, structured logs and correlation ids for a Python service, and the metric contract."""
