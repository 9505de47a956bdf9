"""How requests reach the application: a gunicorn worker that gives threads to whole requests only."""
