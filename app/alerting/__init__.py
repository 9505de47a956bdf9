"""Alert history and escalation: what the routes of Alertmanager do not keep."""
