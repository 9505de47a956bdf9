"""Where logs and traces are kept: the protocols, and their adapters for Elasticsearch and DuckDB."""
