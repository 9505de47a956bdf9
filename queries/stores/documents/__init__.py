"""Documents of logs as common writers lay them out, wherever they are kept: in Elasticsearch or in files."""
