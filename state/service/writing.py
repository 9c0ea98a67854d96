"""Writes states through the store, and keeps the caches in step."""

from collections.abc import Sequence

from django.conf import settings

from state.changelog.tail import tail
from state.domain.commands import Command, Receipt, Submission, Written
from state.domain.decide import Rules
from state.domain.errors import LightningError, NotFound
from state.domain.kinds import Kind
from state.service.guard import reaches_database
from state.service.reading import tiers
from state.store import apply, fetch_version
from state.store.fetch import with_facts


def rules() -> Rules:
    """The deployment's policy."""
    return Rules(settings.LIGHTNING_TRANSITIONS, settings.LIGHTNING_VERIFIED_THRESHOLD)


@reaches_database
def submit(submissions: Sequence[Submission]) -> list[Receipt]:
    """Applies submissions in one transaction; what succeeded is durable, and read from now on."""
    tail.start()
    receipts = apply(submissions, rules())
    for receipt in receipts:
        if not receipt.replayed:
            for outcome in receipt.outcomes:
                if isinstance(outcome, Written):
                    _remember(outcome)
    return receipts


def write(command: Command) -> Written:
    """Applies one command; raises the refusal."""
    outcome = submit([Submission([command])])[0].outcomes[0]
    if isinstance(outcome, LightningError):
        raise outcome
    return outcome


@reaches_database
def written_body(written: Written) -> bytes:
    """The complete JSON of the state that a write made."""
    if written.kind is not Kind.RESEARCH and written.document:
        return written.document
    if written.document and not written.fact_count:
        return with_facts(written.document, b"")
    past = fetch_version(written.kind, written.state_id, written.version)
    if past is None:
        raise NotFound(f"Version {written.version} is not in the history any more.")
    return past.body


def _remember(written: Written) -> None:
    if written.deleted:
        tiers.forget(written.kind, written.state_id, written.version)
        return
    if not written.document:
        return
    body: bytes | None = written.document
    if written.kind is Kind.RESEARCH:
        body = None if written.fact_count else with_facts(written.document, b"")
    tiers.wrote(written.kind, written.state_id, written.version, body)
