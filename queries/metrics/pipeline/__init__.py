"""The steps that a metric request passes through, each at most a hundred lines."""
