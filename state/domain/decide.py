"""Decides one command against the state it meets: every rule of a write, in the contract's order.

Pure: the store brings the row it has locked and writes what comes back.
"""

from datetime import datetime

from msgspec.structs import replace

from state.domain.build_change import deletion, next_version
from state.domain.commands import (
    AppendFacts,
    Command,
    Delete,
    Document,
    Patch,
    Put,
    Restore,
    Revise,
    Untracked,
)
from state.domain.current import Change, Current
from state.domain.errors import IllegalTransition
from state.domain.facts import Fact
from state.domain.facts_edit import FactsEdit, append_facts, replace_facts
from state.domain.judge import Rules, judge
from state.domain.kinds import FACTS, Kind
from state.domain.merge import merge_patch
from state.domain.preconditions import check_lease, check_precondition_given, check_version
from state.domain.shapes import require_all
from state.domain.times import format_time, parse_time
from state.domain.transitions import check_transition
from state.domain.untracked import merged, merged_fact


def decide(current: Current, command: Command, rules: Rules, now: datetime) -> Change | None:
    """The change a command makes, or None when it makes none (an append of known facts).

    Raises NotFound, PreconditionRequired, Locked, LockLost, VersionConflict, IllegalTransition,
    VerificationRejected, VerifierUnavailable or Invalid, judged in the order of contract §11; and
    Unverified when the content verifiers have to be asked first.
    """
    check_precondition_given(current, command)
    check_lease(current.lease, command.lock_token, now)
    check_version(current, command)
    moment = max(now, current.updated_at) if current.updated_at else now
    match command.action:
        case Delete():
            return deletion(current, command, moment)
        case Put(content):
            return _put(current, command, content, rules, moment)
        case Patch(patch):
            return _patch(current, command, patch, rules, moment)
        case Revise(patch_for):
            patch = patch_for(_live_document(current))
            return _patch(current, command, patch, rules, moment)
        case Untracked(told):
            return _merge(current, command, told, rules, moment)
        case AppendFacts(facts):
            return _append(current, command, facts, rules, moment)
        case Restore(version):
            return _restoration(current, command, version, moment)


def _put(
    current: Current, command: Command, given: Document, rules: Rules, moment: datetime
) -> Change:
    content = dict(given)
    edit = _facts_replaced(current, content.pop(FACTS, None), moment)
    _fill_times(command.kind, content, current.document if current.live else None, moment)
    return _replacement(current, command, content, edit, rules, moment)


def _patch(
    current: Current, command: Command, patch: Document, rules: Rules, moment: datetime
) -> Change:
    old, spec = _live_document(current), command.kind.spec
    content = _content(command.kind, old)
    for name, value in patch.items():
        if value is not None:
            content[name] = merge_patch(old.get(name), value)
        elif name in spec.times_of_writing:
            del content[name]
        else:
            content[name] = spec.defaults[name]
    edit = _facts_replaced(current, content.pop(FACTS, None), moment)
    _fill_times(command.kind, content, None, moment)
    return _replacement(current, command, content, edit, rules, moment)


def _merge(
    current: Current, command: Command, told: Document, rules: Rules, moment: datetime
) -> Change:
    kind, spec = command.kind, command.kind.spec
    if current.live:
        content = merged(kind, _content(kind, _live_document(current)), told)
        stored = current.facts
        facts = [
            merged_fact(stored[fact["id"]].fact, fact) if fact["id"] in stored else fact
            for fact in command.facts_added
        ]
        edit = _facts_appended(current, facts, moment)
    else:
        require_all(kind, told)
        absent = {name: value for name, value in spec.defaults.items() if name not in spec.kept}
        known = absent | told
        content = {name: known[name] for name in spec.fields if name in known}
        edit = _facts_replaced(current, content.pop(FACTS, None), moment)
    _fill_times(kind, content, None, moment)
    return _replacement(current, command, content, edit, rules, moment)


def _append(
    current: Current, command: Command, facts: list[Fact], rules: Rules, moment: datetime
) -> Change | None:
    old = _live_document(current)
    edit = _facts_appended(current, facts, moment)
    if edit.is_empty:
        return None
    judge(current.version, command, old, old, edit.after, rules)
    return next_version(current, command, _content(command.kind, old), edit, moment)


def _restoration(current: Current, command: Command, version: int, moment: datetime) -> Change:
    document, facts = current.versions[version]
    edit = _facts_replaced(current, facts, moment)
    content = _content(command.kind, document)
    return next_version(current, command, content, edit, moment, restored=True)


def _replacement(
    current: Current,
    command: Command,
    content: Document,
    edit: FactsEdit,
    rules: Rules,
    moment: datetime,
) -> Change:
    """The next version with this content, when transition, invariants and verifiers allow it."""
    kind, old = command.kind, current.document if current.live else None
    forced = ""
    if old is not None and "status" in content:
        forced = _forced_transition(command, rules, old["status"], content["status"])
        if forced and not command.reason:
            command = replace(command, reason=forced)
    _note_ending(kind, old, content, moment)
    judge(current.version, command, old, content, edit.after, rules)
    return next_version(current, command, content, edit, moment, forced=bool(forced))


def _forced_transition(command: Command, rules: Rules, old: str, new: str) -> str:
    """What was forced about a change of status; empty for a legal one. Raises IllegalTransition."""
    try:
        check_transition(command.kind, rules.transitions, old, new)
    except IllegalTransition:
        if not command.force:
            raise
        return f"forced {old} → {new}"
    return ""


def _note_ending(kind: Kind, old: Document | None, content: Document, moment: datetime) -> None:
    """Fills the time at which a state has come to a final status, when nobody said it."""
    spec = kind.spec
    name = spec.time_of_ending
    if not name or content[name] is not None or content["status"] not in spec.final:
        return
    if old is None or old["status"] not in spec.final:
        started = content[spec.times_of_writing[0]]
        content[name] = started if parse_time(started) > moment else format_time(moment)


def _fill_times(kind: Kind, content: Document, old: Document | None, moment: datetime) -> None:
    """Times the server fills when they are absent; a PUT keeps those of the old state (§11)."""
    spec, stored = kind.spec, old or {}
    for name in spec.times_of_writing:
        if name not in content:
            content[name] = stored.get(name) or format_time(moment)
    if spec.time_of_ending:
        content.setdefault(spec.time_of_ending, stored.get(spec.time_of_ending))


def _facts_replaced(current: Current, facts: list[Fact] | None, moment: datetime) -> FactsEdit:
    if facts is None:
        return current.facts_kept()
    stored = current.facts if current.live else {}
    return replace_facts(facts, stored, current.next_position, format_time(moment))


def _facts_appended(current: Current, facts: list[Fact], moment: datetime) -> FactsEdit:
    return append_facts(facts, current.facts, current.facts_kept(), format_time(moment))


def _live_document(current: Current) -> Document:
    assert current.document is not None, "the precondition let only a live state pass"
    return current.document


def _content(kind: Kind, document: Document) -> Document:
    """A state without what the server adds to it."""
    server_fields = kind.spec.server_fields
    return {name: value for name, value in document.items() if name not in server_fields}
