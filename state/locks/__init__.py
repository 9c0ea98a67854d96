"""Pessimistic locks: leases with fencing tokens, and the queue of those who wait for one."""
