"""The locks that are held."""
