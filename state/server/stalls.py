"""Tells for how long a client has taken nothing of what was written for it."""

import asyncio


class Stalls:
    """Looks at a transport's buffer from time to time."""

    def __init__(self) -> None:
        self._unsent_bytes = 0
        self._since = 0.0

    def last_for(self, seconds: float, transport: asyncio.Transport, now: float) -> bool:
        """Whether it has stood still for longer than so many seconds, as far as was looked."""
        unsent_bytes = transport.get_write_buffer_size()
        if not unsent_bytes or unsent_bytes != self._unsent_bytes:
            self._unsent_bytes = unsent_bytes
            self._since = now
        return now - self._since > seconds
