"""What must hold before a write is looked at: what is there, whose lock it is, which version."""

import hmac
from datetime import datetime

from state.domain.commands import AppendFacts, Command, Delete, Patch, Put, Restore, Revise
from state.domain.current import Current, Lease, token_digest
from state.domain.errors import Locked, LockLost, NotFound, PreconditionRequired, VersionConflict


def check_precondition_given(current: Current, command: Command) -> None:
    """428 and 404: what is missing before anything is compared."""
    precondition = command.precondition
    match command.action:
        case Put():
            if current.live and not (precondition.names_version or precondition.create_only):
                raise PreconditionRequired()
        case Delete():
            if not precondition.names_version:
                if current.live:
                    raise PreconditionRequired()
                raise NotFound()
        case Patch() | Revise() | AppendFacts():
            if not current.live and not precondition.names_version:
                raise NotFound()
        case Restore(version):
            if not (precondition.names_version or precondition.create_only):
                raise PreconditionRequired()
            if version not in current.versions:
                raise NotFound(f"Version {version} is not in the history.")


def check_lease(lease: Lease | None, token: str | None, now: datetime) -> None:
    """423 without the holder's token while a lock is held; 409 with any token but the holder's."""
    held = lease is not None and lease.expires_at > now
    if token is None:
        if held:
            raise Locked()
        return
    if not held or not hmac.compare_digest(lease.token_digest, token_digest(token)):  # type: ignore[union-attr]
        raise LockLost()


def check_version(current: Current, command: Command) -> None:
    """412 when the state is not at a version the command names."""
    precondition = command.precondition
    if precondition.unchanged_since is not None:
        if current.version != precondition.unchanged_since:
            raise VersionConflict(current.version)
        return
    if precondition.create_only:
        if current.live:
            raise VersionConflict(current.version, "The state is there already.")
        return
    if not precondition.names_version:
        return
    if not current.live:
        raise VersionConflict(current.version, "The state is not there.")
    if precondition.versions is not None and current.version not in precondition.versions:
        raise VersionConflict(current.version)
