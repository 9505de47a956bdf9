"""Notifications in browsers: their subscriptions, the key of this app, and what is sent (RFC 8030, 8291, 8292)."""
