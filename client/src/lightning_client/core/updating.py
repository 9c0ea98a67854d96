"""Read, change, compare-and-swap, and again with fresh state when somebody was faster."""

import random
from collections.abc import Callable
from typing import TypeVar

from lightning_client.core.calls import states
from lightning_client.core.effects import Flow, Pause
from lightning_client.core.exchange import Exchange
from lightning_client.core.kinds import KindOf, bring_up_to_date
from lightning_client.errors import NotFound, VersionConflict
from lightning_client.states import State

S = TypeVar("S", bound=State)
Change = Callable[[S], object]

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.002, 0.25


def update(
    exchange: Exchange,
    kind: KindOf[S],
    state_id: str,
    change: Change[S],
    *,
    facts: bool,
    token: Callable[[], str],
    reason: str,
    force: bool,
) -> Flow[S]:
    """The state as it was stored.

    `change` gets a fresh copy each time, changes it in place or returns another state; one that
    leaves it as it is writes nothing. It may run several times.

    Raises:
        NotFound: when there is no such state.
        VersionConflict: when others were faster `conflict_retries` times in a row.
    """
    is_again = False
    for attempt in range(exchange.policy.conflict_retries + 1):
        read = yield from exchange.carry_out(
            states.get(kind, state_id, fresh=is_again, facts=facts)
        )
        changed = read.copy()
        returned = change(changed)
        if isinstance(returned, kind.type):
            changed = returned
        before, content = kind.content(read), kind.content(changed)
        if content == before:
            return read
        if content.get("extractedFacts") == before.get("extractedFacts"):
            content.pop("extractedFacts", None)  # a write without them leaves them alone
        try:
            return (
                yield from exchange.carry_out(
                    states.put(
                        kind,
                        state_id,
                        content,
                        if_match=read.version,
                        lock_token=token(),
                        reason=reason,
                        force=force,
                    )
                )
            )
        except VersionConflict as error:
            if attempt == exchange.policy.conflict_retries or not error.current_version:
                raise
            is_again = True
            longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(attempt, 10))
        yield Pause(random.uniform(0, longest))
    raise AssertionError("the loop returns or raises")


def store(
    exchange: Exchange,
    kind: KindOf[S],
    state_id: str,
    state: S,
    *,
    overwrite: bool,
    token: str,
    reason: str,
    force: bool,
) -> Flow[S]:
    """Create, replace the version the state was read with, or overwrite.

    The state that was given learns its new version, so that it can be changed and stored again.

    Raises:
        VersionConflict: when it moved on, or is there already, or not any more.
    """
    content = kind.content(state)
    # An overwrite replaces what is there, and creates when nothing is: one of the two holds.
    wanted = ("*", 0) if overwrite else (state.version,)
    for if_match in wanted:
        try:
            stored = yield from exchange.carry_out(
                states.put(
                    kind,
                    state_id,
                    content,
                    if_match=if_match,  # type: ignore[arg-type]
                    lock_token=token,
                    reason=reason,
                    force=force,
                )
            )
        except VersionConflict:
            if if_match != "*":
                raise
        else:
            bring_up_to_date(state, stored)
            return stored
    raise AssertionError("the loop returns or raises")


def not_there(conflict: VersionConflict) -> NotFound:
    """What a write of any version that was refused for the version means: there is no state."""
    return NotFound(conflict.detail, request_id=conflict.request_id, data=conflict.data)
