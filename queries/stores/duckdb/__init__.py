"""The embedded default: log and trace files, followed as they grow and read through DuckDB."""
