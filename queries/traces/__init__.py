"""Traces: query and result types (`types`), and algorithms over spans: order, clock skew, comparison, service map."""
