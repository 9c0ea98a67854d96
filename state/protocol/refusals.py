"""Names what an exception is to the caller."""

from state.domain.errors import LightningError


def refusal_of(error: Exception) -> LightningError | None:
    """The refusal an exception stands for; None for a fault of ours."""
    return error if isinstance(error, LightningError) else None
