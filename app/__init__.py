"""The web application: settings, wiring, the frame round every page, and the HTTP addresses."""
