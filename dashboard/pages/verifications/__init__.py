"""Verifications: the queue, and one of them."""
