"""Alert rules as data: one table, written for Prometheus in the names of a deployment."""
