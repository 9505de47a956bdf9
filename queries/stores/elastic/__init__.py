"""Logs and traces in Elasticsearch, in the layouts that common writers use."""
