"""The threads in which locks meet the database, apart from everybody else's.

A transaction on a lease may stand in line behind a writer for seconds. It must hold up neither the
calls that have nothing to do with locks, nor the word that the waiters of this process still live.
"""

from state.runtime.threads import Threads

acquiring = Threads("acquiring", 4)
leasing = Threads("leases", 4)
"""For those who renew, release, or give a place up: no contended lock holds them up."""

polling = Threads("lock-poller", 1, keeps_connections=True)
"""Asks for all who wait, ten times a second: a connection need not be had each time."""
