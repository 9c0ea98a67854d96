"""A circuit breaker: leaves a service alone for a while after it failed."""

import logging
import time


class Breaker:
    """Open after a failure. Whoever tends the service probes it then and closes the breaker.

    Nobody else tries, so a service that hangs costs the requests under way one timeout each and
    later ones nothing.
    """

    def __init__(self, name: str, probe_every_seconds: float, logger: logging.Logger) -> None:
        self.name = name
        self.failures = 0
        self.error: Exception | None = None
        """What it is open for; None while the service works, and before it was tried."""
        self._probe_every_seconds = probe_every_seconds
        self._logger = logger
        self._closed = False
        self._told = False
        self._probe_at = float("-inf")

    @property
    def is_closed(self) -> bool:
        """Whether the service may be used."""
        return self._closed

    @property
    def may_probe(self) -> bool:
        """Whether it is time for whoever tends the service to try it."""
        return self._closed or time.monotonic() >= self._probe_at

    def trip(self, error: Exception) -> None:
        """The service failed; told once until it works again."""
        self.failures += 1
        self.error = error
        self._closed = False
        self._probe_at = time.monotonic() + self._probe_every_seconds
        if not self._told:
            self._told = True
            self._logger.warning("%s does not work and is left alone: %s", self.name, error)

    def close(self) -> None:
        """The service works."""
        if self._told:
            self._told = False
            self._logger.info("%s works again.", self.name)
        self.error = None
        self._closed = True
