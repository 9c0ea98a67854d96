"""Bounds how many unknown keys an address may try: each one is a question to the database."""

import ipaddress
import threading
import time
from collections import OrderedDict

from state.domain.errors import RateLimited

TRIES = 100
TRIES_A_SECOND = 2.0
_ADDRESSES_REMEMBERED = 10_000
_NETWORK_BITS = 64  # one customer's share of IPv6


class Guessing:
    """A bucket of tries for each address, refilled slowly. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def require_try(self, address: str) -> None:
        """Raises RateLimited when this address has none left."""
        left, _ = self._bucket(_network_of(address))
        if left < 1.0:
            raise RateLimited("Too many unknown API keys came from this address.")

    def spend(self, address: str) -> None:
        """One try of this address was no key."""
        network = _network_of(address)
        with self._lock:
            left, now = self._bucket(network)
            self._buckets[network] = (max(left - 1.0, 0.0), now)
            self._buckets.move_to_end(network)
            if len(self._buckets) > _ADDRESSES_REMEMBERED:
                self._buckets.popitem(last=False)  # the one that has tried nothing for longest

    def _bucket(self, network: str) -> tuple[float, float]:
        now = time.monotonic()
        left, since = self._buckets.get(network, (float(TRIES), now))
        return min(float(TRIES), left + (now - since) * TRIES_A_SECOND), now


def _network_of(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _NETWORK_BITS), strict=False))
