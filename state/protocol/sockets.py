"""How a WebSocket is refused: a last frame that says why, and a close code that says it too."""

from state.domain.errors import LightningError
from state.domain.jsontext import encode
from state.protocol.problems import error_member, status_of

_CLOSED_WITH_THEIR_STATUS = (400, 401, 403, 404, 410)
_INTERNAL_ERROR = 1011  # RFC 6455 §7.4.1


def refusal_frame(refusal: LightningError) -> str:
    """The error frame of a refusal."""
    return encode({"type": "error", **error_member(refusal)}).decode()


def close_code(refusal: LightningError) -> int:
    """4000 and the status HTTP has for it; 1011 for what is no fault of the caller's."""
    status = status_of(refusal)
    return 4000 + status if status in _CLOSED_WITH_THEIR_STATUS else _INTERNAL_ERROR
