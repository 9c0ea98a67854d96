"""Jobs: what was done to many states at once, and one of them."""
