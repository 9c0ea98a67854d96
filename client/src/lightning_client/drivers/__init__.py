"""Carry out what flows ask for: one driver blocks, one awaits."""
