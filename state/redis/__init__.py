"""The second cache level, in Redis."""
