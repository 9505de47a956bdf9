"""The cached query layer: metrics through extents, logs and traces through a short-lived cache."""
