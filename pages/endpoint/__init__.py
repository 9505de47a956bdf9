"""One endpoint: its board, and its traces and errors below."""
