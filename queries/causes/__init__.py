"""What changed: arrays before and during a window → facts about places → at most five hypotheses. Pure; no I/O."""
