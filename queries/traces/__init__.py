"""Traces: what is asked and answered (`types`), who answers (`store`), and what follows from spans (`analysis`)."""
