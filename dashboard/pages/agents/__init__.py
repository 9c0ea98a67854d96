"""Agents: the list, and one of them."""
