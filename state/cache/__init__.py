"""Copies of states near the reader; none ever goes back in version."""
