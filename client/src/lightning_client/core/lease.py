"""A lock that is held: taking it, keeping it, giving it back."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from lightning_client.core.call import Call, Target
from lightning_client.core.calls import locks
from lightning_client.core.calls.locks import Grant
from lightning_client.core.effects import Flow, Pause
from lightning_client.core.exchange import Exchange
from lightning_client.errors import LightningError, LockLost, LockUnavailable, NotFound, Unreachable

logger = logging.getLogger("lightning_client")

_RENEW_AFTER_SHARE = 1 / 3
_RETRY_AFTER_SHARE = 1 / 15
_UNDO_SECONDS = 5.0
_UNDO_LOOKS = 2
_UNDO_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Wish:
    """Which lock is wanted, by whom, for how long."""

    kind: str
    id: str
    owner: str
    ttl_seconds: float
    wait_seconds: float


class Lease:
    """What the holder of a lock knows of it.

    Attributes:
        token: what writes inside it send.
        fencing_token: grows with every acquisition of this state's lock: give it to other systems
            that you write to, so that they can refuse a holder who is too late.
    """

    def __init__(
        self, grant: Grant, wish: Wish, asked_at: float, clock: Callable[[], float]
    ) -> None:
        self.lock_id = grant.lock_id
        self.kind = grant.kind
        self.id = grant.id
        self.owner = grant.owner
        self.token = grant.token
        self.fencing_token = grant.fencing_token
        self.acquired_at: datetime = grant.acquired_at
        self.ttl_seconds = wish.ttl_seconds
        self.is_to_be_renewed_at_once = wish.wait_seconds > 0
        self._clock = clock
        self._ends_at = asked_at + wish.ttl_seconds
        self._lost: LightningError | None = None
        self.is_given_back = False

    @property
    def target(self) -> Target:
        return self.kind, self.id

    @property
    def remaining_seconds(self) -> float:
        """How long it lasts if it is not renewed, by this process's clock."""
        return max(0.0, self._ends_at - self._clock())

    @property
    def is_lost(self) -> bool:
        return self._lost is not None or self.remaining_seconds == 0.0

    def check(self) -> None:
        """Raises LockLost when it is not held any more."""
        if self.is_lost and not self.is_given_back:
            self._raise()

    def check_to_the_end(self) -> None:
        """Raises LockLost when it was not held until it was given back."""
        if self._lost is not None or not self.is_given_back:
            self._raise()

    def _raise(self) -> NoReturn:
        why = self._lost.detail if self._lost else "it could not be renewed in time"
        raise LockLost(f"the lock of {self.kind} {self.id} was lost: {why}") from self._lost

    def lose(self, reason: LightningError) -> None:
        if self._lost is None:
            self._lost = reason

    def renewed(self, asked_at: float) -> None:
        self._ends_at = asked_at + self.ttl_seconds


_held: ContextVar[tuple[tuple[int, Lease], ...]] = ContextVar("lightning_held", default=())


def held_lease(client: object, target: Target) -> Lease | None:
    """The lease of this state that this thread or task is inside of."""
    for holder, lease in reversed(_held.get()):
        if holder == id(client) and lease.target == target and not lease.is_given_back:
            return lease
    return None


def enter_lease(client: object, lease: Lease) -> None:
    """From here on, writes of this thread or task to the state pass the lease's token."""
    _held.set((*_held.get(), (id(client), lease)))


def leave_lease(lease: Lease) -> None:
    _held.set(tuple(entry for entry in _held.get() if entry[1] is not lease))


def token_for(client: object, target: Target, given: str | None) -> str:
    """The Lock-Token of a write: the one given, or that of the lock the caller is inside of.

    Raises:
        LockLost: when that lock is lost; the write is not sent.
    """
    if given is not None:
        return given
    lease = held_lease(client, target)
    if lease is None:
        return ""
    lease.check()
    return lease.token


# --- Flows --------------------------------------------------------------------------------------


def acquire(exchange: Exchange, wish: Wish) -> Flow[Lease]:
    """Take a lock; whoever interrupts the wait leaves no lock behind.

    Raises:
        LockUnavailable: when it was not had within the wait.
    """
    call = locks.acquire(wish.kind, wish.id, wish.owner, wish.ttl_seconds, wish.wait_seconds)
    asked_at = exchange.clock()
    try:
        grant = yield from exchange.carry_out(call)
    except LightningError as error:
        if isinstance(error, Unreachable):
            # The lock may have been had while every answer was lost.
            yield from _undo(exchange, call, wish)
        raise
    except BaseException:
        yield from _undo(exchange, call, wish)
        raise
    # Counted from before the question, so that it never ends later here than on the server. How
    # long ago a wait ended nobody here knows: such a lease is renewed at once.
    since = exchange.clock() if call.waits_seconds else asked_at
    return Lease(grant, wish, since, exchange.clock)


def _undo(exchange: Exchange, call: Call[Grant], wish: Wish) -> Flow[None]:
    """Give back what an interrupted acquisition was granted, or is still being granted.

    The same call under the same key gets the same lease, or the first one's answer when that is
    still under way: then it is released. While somebody else holds the lock there is nothing to
    give back: a waiter whose connection is gone is skipped by the server.
    """
    deadline = exchange.clock() + _UNDO_SECONDS
    again = replace(call, waits_seconds=0.0)
    try:
        for look in range(_UNDO_LOOKS):
            if look:
                yield Pause(_UNDO_PAUSE_SECONDS)
            page = yield from exchange.carry_out(
                locks.locks_page(wish.kind, wish.id, None), deadline - exchange.clock()
            )
            if all(lock.owner == wish.owner for lock in page.items):
                grant = yield from exchange.carry_out(again, deadline - exchange.clock())
                release = locks.release(grant.lock_id, grant.token)
                yield from exchange.carry_out(release, deadline - exchange.clock())
                return
    except (LockLost, LockUnavailable, NotFound):
        return
    except LightningError as error:
        logger.warning("Whether a lock of %s %s was left is unknown: %s", wish.kind, wish.id, error)


def keep(exchange: Exchange, lease: Lease) -> Flow[None]:
    """Renew until the lease is given back or lost."""
    try:
        yield from _renew(exchange, lease)
    except Exception as error:
        lease.lose(LightningError(f"its renewal failed: {error!r}"))
        raise


def _renew(exchange: Exchange, lease: Lease) -> Flow[None]:
    pause = 0.0 if lease.is_to_be_renewed_at_once else lease.ttl_seconds * _RENEW_AFTER_SHARE
    while True:
        yield Pause(min(pause, lease.remaining_seconds))
        if lease.is_given_back or lease.is_lost:
            return
        asked_at = exchange.clock()
        call = locks.renew(lease.lock_id, lease.token, lease.ttl_seconds)
        try:
            yield from exchange.carry_out(call, lease.remaining_seconds)
        except (LockLost, NotFound) as error:
            lease.lose(error)
            return
        except LightningError as error:
            logger.warning("The lock of %s %s was not renewed: %s", lease.kind, lease.id, error)
            pause = lease.ttl_seconds * _RETRY_AFTER_SHARE
        else:
            lease.renewed(asked_at)
            pause = lease.ttl_seconds * _RENEW_AFTER_SHARE


def give_back(exchange: Exchange, lease: Lease) -> Flow[None]:
    """Release; what cannot be released any more ends by itself."""
    lease.is_given_back = True
    try:
        yield from exchange.carry_out(locks.release(lease.lock_id, lease.token))
    except (LockLost, NotFound) as error:
        lease.lose(error)
    except LightningError as error:
        logger.warning(
            "The lock of %s %s could not be released and ends within %.0f s: %s",
            lease.kind,
            lease.id,
            lease.ttl_seconds,
            error,
        )
