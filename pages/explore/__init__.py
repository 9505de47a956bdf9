"""The page of one metric: proposed panels by its type and unit, to be saved as a board file."""
