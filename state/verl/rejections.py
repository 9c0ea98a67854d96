"""Notes what the verifiers rejected: in the log, and in a count per kind."""

import logging
import threading
from collections import Counter

from state.domain.commands import Command
from state.domain.errors import VerificationRejected
from state.domain.kinds import Kind

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_counts: Counter[Kind] = Counter()


def count(command: Command, refusal: VerificationRejected) -> None:
    """Logs a rejected write and counts it."""
    logger.info(
        "Rejected: %s %s by %s: %s",
        command.kind.value,
        command.state_id,
        command.actor,
        refusal.detail,
    )
    with _lock:
        _counts[command.kind] += 1


def counts() -> dict[str, int]:
    """Rejected writes by kind since the process started."""
    with _lock:
        return {kind.value: _counts[kind] for kind in Kind}
