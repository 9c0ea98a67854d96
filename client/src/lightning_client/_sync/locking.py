# Made from lightning_client/_async/locking.py by client/tools/make_sync.py; edit that.
"""Locks: a context manager that keeps the lease, and loses it out loud."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from lightning_client._sync.session import Session
from lightning_client.answers import LockInfo
from lightning_client.core.calls import locks
from lightning_client.core.identity import default_owner
from lightning_client.core.lease import (
    Lease,
    Wish,
    acquire,
    enter_lease,
    give_back,
    keep,
    leave_lease,
)
from lightning_client.states import Kind


class Lock:
    """The lock of one state, to be entered with ``with``.

    Inside, writes of this task to the state pass the lock's token, and the lease is renewed. When
    it is lost, an asynchronous caller is interrupted with LockLost at once; a thread gets LockLost
    from its next write to the state, from `Lease.check`, and when it leaves.
    """

    def __init__(self, session: Session, wish: Wish) -> None:
        self._session = session
        self._wish = wish
        self._lease: Lease | None = None
        self._keeping: Any = None
        self._alarm: Any = None

    def __enter__(self) -> Lease:
        if self._lease is not None:
            raise RuntimeError("this lock is held already: ask for another one")
        session = self._session
        lease = session._run(acquire(session._exchange, self._wish))
        self._lease = lease
        enter_lease(session, lease)
        self._alarm = session._driver.alarm()
        self._keeping = session._driver.background(
            keep(session._exchange, lease), f"lightning-lock-{lease.id}", self._alarm.ring
        )
        return lease

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        lease, self._lease = self._lease, None
        assert lease is not None
        leave_lease(lease)
        was_interrupted = self._alarm.silence(error)
        self._keeping.stop()
        if not lease.is_lost:
            self._session._run(give_back(self._session._exchange, lease))
        if error is None or (was_interrupted and type(error).__name__ == "CancelledError"):
            lease.check_to_the_end()


class LockCalls(Session):
    """Locks (contract §4)."""

    def lock(
        self,
        kind: Kind,
        id: str,
        *,
        ttl_seconds: float = 30.0,
        wait_seconds: float = 10.0,
        owner: str | None = None,
    ) -> Lock:
        """The lock of a state, which need not exist yet; entering it gives the Lease.

        Args:
            ttl_seconds: how long the lock lasts if this process dies (1–3600); it is renewed
                while it is held.
            wait_seconds: how long to wait for it (0–60); waiters get it in the order they came.
            owner: shown to everybody; default: host, process and a random part.

        Raises, when it is entered:
            LockUnavailable: when it was not had within the wait.

        Raises, from inside or when it is left:
            LockLost: when the lease was lost: it expired, or somebody released it by force.
        """
        name = owner or default_owner()
        return Lock(self, Wish(kind, id, name, ttl_seconds, wait_seconds))

    def locks(
        self, kind: Kind | None = None, id: str | None = None
    ) -> Iterator[LockInfo]:
        """The locks that are held now."""
        page: str | None = None
        while True:
            found = self._carry_out(locks.locks_page(kind, id, page))
            for lock in found.items:
                yield lock
            page = found.next
            if page is None:
                return

    def release_lock(self, lock_id: str, *, force: bool = False, token: str = "") -> None:
        """Release a lock by its token, or, for operators, by force.

        Raises:
            LockLost: when the token is not that of the holder.
            NotFound: when there never was such a lock.
        """
        self._carry_out(locks.release(lock_id, token, force=force))
