"""Builds the change a write makes: the next version, its JSON, and what the log says of it."""

from datetime import datetime

from state.domain.commands import Command, Document
from state.domain.current import Change, Current
from state.domain.difference import UNLOGGED, difference
from state.domain.facts_edit import FactsEdit
from state.domain.kinds import FACTS
from state.domain.shapes import check_size, encode_document
from state.domain.times import format_time

_PROGRESS = {"iterationCount", "currentQualityScore", FACTS, "factCount"}


def deletion(current: Current, command: Command, moment: datetime) -> Change:
    """The end of a live state; its version goes on counting."""
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
        facts=FactsEdit(0, current.next_position, 0),
        group_before=command.kind.spec.group(old),
        group_after=None,
        actor=command.actor,
        reason=command.reason,
    )


def next_version(
    current: Current,
    command: Command,
    content: Document,
    edit: FactsEdit,
    moment: datetime,
    *,
    restored: bool = False,
    forced: bool = False,
) -> Change:
    """The state with this content and facts; raises Invalid past the size limit."""
    kind = command.kind
    old = current.document if current.live else None
    created_at = current.created_at if old is not None and current.created_at else moment
    document: Document = {kind.id_field: command.state_id, **content}
    if kind.has_facts:
        document["factCount"] = edit.count
    document["createdAt"] = format_time(created_at)
    document["lastUpdated"] = format_time(moment)
    document["version"] = current.version + 1
    encoded = encode_document(document)
    check_size(kind, document, encoded)
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
        group_before=None if old is None else kind.spec.group(old),
        group_after=kind.spec.group(document),
        actor=command.actor,
        reason=command.reason,
        forced=forced,
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
