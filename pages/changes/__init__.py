"""What changed in a window, and where the cause may lie."""
