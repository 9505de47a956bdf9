"""The demo: everything on one machine, with a day of history behind it."""
