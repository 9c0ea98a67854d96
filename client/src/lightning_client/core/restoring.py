"""Restoring a past version over whatever is there."""

from typing import Any, TypeVar

from lightning_client.core.calls import history, states
from lightning_client.core.effects import Flow
from lightning_client.core.exchange import Exchange
from lightning_client.core.kinds import KindOf
from lightning_client.errors import NotFound
from lightning_client.states import State

S = TypeVar("S", bound=State)


def restore(
    exchange: Exchange,
    kind: KindOf[S],
    state_id: str,
    version: int,
    *,
    current_version: int | None,
    lock_token: str,
    reason: str,
) -> Flow[S]:
    """Restore over the given version, or over the one that is there now."""
    if current_version is None:
        current_version = yield from _live_version(exchange, kind, state_id)
    call = history.restore(
        kind,
        state_id,
        version,
        current_version=current_version,
        lock_token=lock_token,
        reason=reason,
    )
    return (yield from exchange.carry_out(call))


def _live_version(exchange: Exchange, kind: KindOf[Any], state_id: str) -> Flow[int]:
    try:
        state = yield from exchange.carry_out(states.get(kind, state_id, fresh=True, facts=False))
    except NotFound:
        return 0
    return int(state.version)
