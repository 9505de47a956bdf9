"""Boards as TOML files: reading, writing, the JSON Schema. A file is read into the same `Dashboard` values as code."""
