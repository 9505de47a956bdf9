"""The cache of metric answers: extents on a grid, in the process and in the shared tier."""
