"""Servers of others that keep states too, measured when they are installed."""
