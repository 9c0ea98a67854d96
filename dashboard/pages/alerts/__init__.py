"""Alerts: what somebody should look at, and the rules they come from."""
