"""The metrics engine: a query, a window and a deadline in; a frame, its origin and its age out."""
