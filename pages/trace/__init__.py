"""One trace: its waterfall, its spans, its log lines."""
