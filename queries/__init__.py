"""The cached query layer: a query, a window and a deadline in; a frame, its origin and its age out."""
