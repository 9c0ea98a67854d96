"""Notes what the verdict on a write refused: in the log, and in the metrics."""

import logging

from state.domain.commands import Command
from state.domain.errors import VerificationRejected
from state.metrics.exported import exported

logger = logging.getLogger(__name__)


def count(command: Command, refusal: VerificationRejected) -> None:
    """Logs a rejected write and counts it, whichever verifiers it was that rejected it."""
    logger.info(
        "Rejected: %s %s by %s: %s",
        command.kind.value,
        command.state_id,
        command.actor,
        refusal.detail,
    )
    exported().verdicts.labels("write", "rejected").inc()
