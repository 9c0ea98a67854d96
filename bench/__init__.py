"""Measures the product against something measured in the same run: `make bench`."""
