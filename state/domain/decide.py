"""Decides one command against the state it meets: every rule of a write, in the contract's order.

Pure: the store brings the row it has locked and writes what comes back.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from state.domain.commands import (
    AppendFacts,
    Command,
    Delete,
    Document,
    Patch,
    Put,
    Restore,
)
from state.domain.difference import UNLOGGED, difference
from state.domain.errors import (
    IllegalTransition,
    Locked,
    LockLost,
    NotFound,
    PreconditionRequired,
    VerificationRejected,
    VerifierUnavailable,
    VersionConflict,
)
from state.domain.facts import Fact
from state.domain.facts_edit import FactsEdit, StoredFact, append_facts, replace_facts
from state.domain.invariants import broken_invariants
from state.domain.kinds import Kind
from state.domain.merge import merge_patch
from state.domain.shapes import DEFAULTS, FACTS, check_size, encode_document
from state.domain.times import format_time, parse_time
from state.domain.transitions import check_transition
from state.domain.verdict import ACCEPTED, Verifier

FINAL = {"Completed", "Failed"}
_PROGRESS = {"iterationCount", "currentQualityScore", FACTS, "factCount"}
_SERVER_NAMES = {"agentId", "researchId", "verificationId", "createdAt", "factCount"} | UNLOGGED


@dataclass(frozen=True, slots=True)
class Rules:
    """The deployment's policy (contract §7)."""

    transitions: str = "default"
    verified_threshold: float = 0.75
    confidence_threshold: float = 0.8
    verifiers: tuple[Verifier, ...] = ()
    lets_through_unverified: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """The lock on a state, as its row holds it."""

    token_digest: str
    expires_at: datetime


@dataclass(slots=True)
class Current:
    """A state's row, locked by the transaction that decides; version 0: there never was one."""

    version: int = 0
    live: bool = False
    document: Document | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    lease: Lease | None = None
    fact_count: int = 0
    next_position: int = 0
    facts: Mapping[str, StoredFact] = field(default_factory=dict)
    versions: Mapping[int, tuple[Document, list[Fact]]] = field(default_factory=dict)
    """The old versions that a Restore among the commands asks for, with their facts."""


@dataclass(slots=True)
class Change:
    """One new version: what the store writes to the row, the facts and the log."""

    kind: Kind
    state_id: str
    version: int
    live: bool
    change_type: str
    created_at: datetime
    updated_at: datetime
    document: Document | None
    encoded: bytes
    old_values: Document
    new_values: Document
    facts: FactsEdit
    group_before: str | None
    group_after: str | None
    actor: str
    reason: str

    @property
    def created(self) -> bool:
        return self.live and self.group_before is None


def token_digest(token: str) -> str:
    """How a lock's token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def group_of(kind: Kind, document: Document) -> str:
    """What a state counts as in the summary: its status, or a verification's outcome."""
    if kind is Kind.VERIFICATION:
        return "Verified" if document["isVerified"] else "Unverified"
    return str(document["status"])


def decide(current: Current, command: Command, rules: Rules, now: datetime) -> Change | None:
    """The change a command makes, or None when it makes none (an append of known facts).

    Raises NotFound, PreconditionRequired, Locked, LockLost, VersionConflict, IllegalTransition,
    VerificationRejected or Invalid, judged in the order of contract §11.
    """
    check_precondition_given(current, command)
    check_lease(current.lease, command.lock_token, now)
    _check_version(current, command)
    moment = max(now, current.updated_at) if current.updated_at else now
    match command.action:
        case Delete():
            return _deletion(current, command, moment)
        case Put(content):
            return _replacement(current, command, dict(content), rules, moment)
        case Patch(patch):
            return _replacement(current, command, _merged(current, command, patch), rules, moment)
        case AppendFacts(facts):
            return _append(current, command, facts, rules, moment)
        case Restore(version):
            return _restoration(current, command, version, moment)


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
        case Patch() | AppendFacts():
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


def _check_version(current: Current, command: Command) -> None:
    precondition = command.precondition
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


def _merged(current: Current, command: Command, patch: Document) -> Document:
    old = current.document
    assert old is not None, "the precondition let only a live state pass"
    defaults = DEFAULTS[command.kind]
    merged = {name: value for name, value in old.items() if name not in _SERVER_NAMES}
    for name, value in patch.items():
        if value is not None:
            merged[name] = merge_patch(old.get(name), value)
        elif name in ("startedAt", "verifiedAt"):
            del merged[name]
        else:
            merged[name] = defaults[name]
    return merged


def _replacement(
    current: Current, command: Command, content: Document, rules: Rules, moment: datetime
) -> Change:
    kind, old = command.kind, current.document if current.live else None
    now = format_time(moment)
    facts = content.pop(FACTS, None)
    edit = FactsEdit(current.fact_count if old else 0, current.next_position)
    if facts is not None:
        edit = replace_facts(facts, current.facts if old else {}, current.next_position, now)
    is_patch = isinstance(command.action, Patch)
    _fill_times(kind, content, None if is_patch else old, now)
    if old is not None and kind is not Kind.VERIFICATION:
        command = _transition(command, rules, old["status"], content["status"])
    if (
        kind is Kind.RESEARCH
        and content["completedAt"] is None
        and content["status"] in FINAL
        and (old is None or old["status"] not in FINAL)
    ):
        started_later = parse_time(content["startedAt"]) > moment
        content["completedAt"] = content["startedAt"] if started_later else now
    _judge(kind, old, content, edit.after, rules)
    return _change(current, command, content, edit, moment)


def _transition(command: Command, rules: Rules, old: str, new: str) -> Command:
    """Checks a change of status; a forced one passes, and the log's reason says so."""
    try:
        check_transition(command.kind, rules.transitions, old, new)
    except IllegalTransition:
        if not command.force:
            raise
        return replace(command, reason=f"forced {old} → {new}. {command.reason}".strip()[:500])
    return command


def _fill_times(kind: Kind, content: Document, old: Document | None, now: str) -> None:
    """Times the server fills when they are absent; a PUT keeps the stored ones (§11)."""
    stored = old or {}
    if kind is Kind.RESEARCH:
        content.setdefault("startedAt", stored.get("startedAt", now))
        content.setdefault("completedAt", stored.get("completedAt"))
    elif kind is Kind.VERIFICATION:
        content.setdefault("verifiedAt", stored.get("verifiedAt", now))


def _judge(
    kind: Kind, old: Document | None, new: Document, facts: list[Fact], rules: Rules
) -> None:
    broken = broken_invariants(kind, old, new, facts, rules.verified_threshold)
    if broken:
        issues = [f"{problem['field']} {problem['message']}" for problem in broken]
        raise VerificationRejected("; ".join(issues), confidence=0.0, issues=issues, errors=broken)
    if not rules.verifiers:
        return
    verdict = ACCEPTED
    for verifier in rules.verifiers:
        try:
            verdict = verdict.and_also(verifier.verify(kind, old, {**new, FACTS: facts}))
        except VerifierUnavailable:
            if not rules.lets_through_unverified:
                raise
    if not verdict.is_valid or verdict.confidence < rules.confidence_threshold:
        raise VerificationRejected(
            "; ".join(verdict.issues) or f"The confidence is {verdict.confidence}.",
            confidence=verdict.confidence,
            issues=list(verdict.issues),
        )


def _append(
    current: Current, command: Command, facts: list[Fact], rules: Rules, moment: datetime
) -> Change | None:
    old = current.document
    assert old is not None, "the precondition let only a live state pass"
    edit = append_facts(
        facts, current.facts, current.fact_count, current.next_position, format_time(moment)
    )
    if edit.is_empty:
        return None
    _judge(Kind.RESEARCH, old, old, edit.after, rules)
    content = {name: value for name, value in old.items() if name not in _SERVER_NAMES}
    return _change(current, command, content, edit, moment)


def _restoration(current: Current, command: Command, version: int, moment: datetime) -> Change:
    document, facts = current.versions[version]
    content = {name: value for name, value in document.items() if name not in _SERVER_NAMES}
    stored = current.facts if current.live else {}
    edit = replace_facts(facts, stored, current.next_position, format_time(moment))
    return _change(current, command, content, edit, moment, restored=True)


def _deletion(current: Current, command: Command, moment: datetime) -> Change:
    old = current.document
    assert old is not None, "the precondition let only a live state pass"
    return Change(
        kind=command.kind,
        state_id=command.state_id,
        version=current.version + 1,
        live=False,
        change_type="Deleted",
        created_at=current.created_at or moment,
        updated_at=moment,
        document=None,
        encoded=b"",
        old_values={name: value for name, value in old.items() if name not in UNLOGGED},
        new_values={},
        facts=FactsEdit(0, current.next_position),
        group_before=group_of(command.kind, old),
        group_after=None,
        actor=command.actor,
        reason=command.reason,
    )


def _change(
    current: Current,
    command: Command,
    content: Document,
    edit: FactsEdit,
    moment: datetime,
    *,
    restored: bool = False,
) -> Change:
    kind = command.kind
    old = current.document if current.live else None
    created_at = current.created_at if old is not None and current.created_at else moment
    document: Document = {kind.id_field: command.state_id, **content}
    if kind is Kind.RESEARCH:
        document["factCount"] = edit.count
    document["createdAt"] = format_time(created_at)
    document["lastUpdated"] = format_time(moment)
    document["version"] = current.version + 1
    encoded = encode_document(document)
    check_size(kind, encoded)
    old_values, new_values = _logged_difference(old, document, edit)
    return Change(
        kind=kind,
        state_id=command.state_id,
        version=current.version + 1,
        live=True,
        change_type="Restored" if restored else _change_type(old, new_values),
        created_at=created_at,
        updated_at=moment,
        document=document,
        encoded=encoded,
        old_values=old_values,
        new_values=new_values,
        facts=edit,
        group_before=None if old is None else group_of(kind, old),
        group_after=group_of(kind, document),
        actor=command.actor,
        reason=command.reason,
    )


def _logged_difference(
    old: Document | None, new: Document, edit: FactsEdit
) -> tuple[Document, Document]:
    """What the log says of a change: of the facts, only those added or changed (contract §5)."""
    old_values, new_values = difference(old or {}, new)
    if edit.before:
        old_values[FACTS] = edit.before
    if edit.after:
        new_values[FACTS] = edit.after
    return old_values, new_values


def _change_type(old: Document | None, new_values: Document) -> str:
    if old is None:
        return "Created"
    if "status" in new_values:
        return "StatusChanged"
    if _PROGRESS & new_values.keys():
        return "ProgressUpdated"
    return "Updated"


def apply_to_current(current: Current, change: Change) -> Current:
    """The row after the change, for the next command on the same id in one batch."""
    facts = dict(current.facts) if current.live and change.live else {}
    for fact_id in change.facts.closed:
        facts.pop(fact_id, None)
    for stored in change.facts.inserted:
        facts[stored.fact["id"]] = stored
    return Current(
        version=change.version,
        live=change.live,
        document=change.document,
        created_at=change.created_at,
        updated_at=change.updated_at,
        lease=current.lease,
        fact_count=change.facts.count,
        next_position=change.facts.next_position,
        facts=facts,
        versions=current.versions,
    )
