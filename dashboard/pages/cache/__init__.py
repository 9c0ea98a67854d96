"""The caches and the speed of operations."""
