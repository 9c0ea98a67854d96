"""Decides one command against the state it meets: every rule of a write, in the contract's order.

Pure: the store brings the row it has locked and writes what comes back.
"""

from dataclasses import replace
from datetime import datetime

from state.domain.build_change import deletion, next_version
from state.domain.commands import AppendFacts, Command, Delete, Document, Patch, Put, Restore
from state.domain.current import Change, Current
from state.domain.difference import UNLOGGED
from state.domain.errors import IllegalTransition
from state.domain.facts import Fact
from state.domain.facts_edit import FactsEdit, append_facts, replace_facts
from state.domain.judge import Rules, judge
from state.domain.kinds import Kind
from state.domain.merge import merge_patch
from state.domain.preconditions import check_lease, check_precondition_given, check_version
from state.domain.shapes import DEFAULTS, FACTS
from state.domain.times import format_time, parse_time
from state.domain.transitions import check_transition

FINAL = {"Completed", "Failed"}
_SERVER_NAMES = {"agentId", "researchId", "verificationId", "createdAt", "factCount"} | UNLOGGED


def decide(current: Current, command: Command, rules: Rules, now: datetime) -> Change | None:
    """The change a command makes, or None when it makes none (an append of known facts).

    Raises NotFound, PreconditionRequired, Locked, LockLost, VersionConflict, IllegalTransition,
    VerificationRejected or Invalid, judged in the order of contract §11.
    """
    check_precondition_given(current, command)
    check_lease(current.lease, command.lock_token, now)
    check_version(current, command)
    moment = max(now, current.updated_at) if current.updated_at else now
    match command.action:
        case Delete():
            return deletion(current, command, moment)
        case Put(content):
            return _replacement(current, command, dict(content), rules, moment)
        case Patch(patch):
            return _replacement(current, command, _merged(current, command, patch), rules, moment)
        case AppendFacts(facts):
            return _append(current, command, facts, rules, moment)
        case Restore(version):
            return _restoration(current, command, version, moment)


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
    judge(kind, old, content, edit.after, rules)
    return next_version(current, command, content, edit, moment)


def _transition(command: Command, rules: Rules, old: str, new: str) -> Command:
    """Checks a change of status; a forced one passes, and says so when the caller says nothing."""
    try:
        check_transition(command.kind, rules.transitions, old, new)
    except IllegalTransition:
        if not command.force:
            raise
        return replace(command, reason=command.reason or f"forced {old} → {new}")
    return command


def _fill_times(kind: Kind, content: Document, old: Document | None, now: str) -> None:
    """Times the server fills when they are absent; a PUT keeps the stored ones (§11)."""
    stored = old or {}
    if kind is Kind.RESEARCH:
        content.setdefault("startedAt", stored.get("startedAt", now))
        content.setdefault("completedAt", stored.get("completedAt"))
    elif kind is Kind.VERIFICATION:
        content.setdefault("verifiedAt", stored.get("verifiedAt", now))


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
    judge(Kind.RESEARCH, old, old, edit.after, rules)
    content = {name: value for name, value in old.items() if name not in _SERVER_NAMES}
    return next_version(current, command, content, edit, moment)


def _restoration(current: Current, command: Command, version: int, moment: datetime) -> Change:
    document, facts = current.versions[version]
    content = {name: value for name, value in document.items() if name not in _SERVER_NAMES}
    stored = current.facts if current.live else {}
    edit = replace_facts(facts, stored, current.next_position, format_time(moment))
    return next_version(current, command, content, edit, moment, restored=True)
