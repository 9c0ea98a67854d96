"""Research: the list, and one run."""
