"""Sends the newest log line of an agent, in a thread of its own."""

import logging
import threading

from lightning_client import Lightning, LightningError, NotFound
from lightning_client.integrations.texts import shown

_MOST_TEXT = 1_000
_END_SECONDS = 2.0


class LineSender:
    """Keeps what is newest and sends it; what came in between is counted, not sent."""

    def __init__(self, lightning: Lightning, agent_id: str) -> None:
        self._lightning = lightning
        self._agent_id = agent_id
        self._news = threading.Condition()
        self._line: dict[str, str] | None = None
        self._errors = 0
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="lightning-log", daemon=True)
        self._thread.start()

    def offer(self, level: str, text: str, number: int) -> None:
        with self._news:
            self._line = {"level": level, "text": shown(text, _MOST_TEXT)}
            self._errors += number >= logging.ERROR
            self._news.notify()

    def close(self) -> None:
        """Send what is left, for a moment."""
        with self._news:
            self._is_over = True
            self._news.notify()
        self._thread.join(_END_SECONDS)

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._line is not None or self._is_over)
                line, self._line = self._line, None
                errors = self._errors
            if line is None:
                return
            self._send(line, errors)

    def _send(self, line: dict[str, str], errors: int) -> None:
        patch = {"properties": {"lastLog": line}, "performanceMetrics": {"errorsLogged": errors}}
        try:
            self._lightning.patch("agent", self._agent_id, patch)
        except NotFound:
            return  # whoever runs the agent creates its state
        except LightningError as error:
            logging.getLogger("lightning_client").warning("A log line was not shown: %s", error)
