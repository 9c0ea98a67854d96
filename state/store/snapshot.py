"""The whole fleet as it was at a place in the log, read a page at a time.

Each page is one statement's snapshot: the rows as they are and everything the log says happened
to them since the place. Taking that back needs no long transaction and blocks nobody.
"""

from collections.abc import Iterator
from typing import Any

from state.domain.commands import Document
from state.domain.errors import CursorExpired
from state.domain.jsontext import decode, encode
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.store.columns import TABLES
from state.store.fetch import fetch_facts, run_query, with_facts
from state.store.sqlite_values import from_column

_PAGE = 200


def states_at(kind: Kind, seq: int) -> Iterator[bytes]:
    """The complete JSON of every state of a kind that was live at a place, by id.

    Raises CursorExpired when retention passes the place meanwhile.
    """
    after: str | None = ""
    while after is not None:
        rows = run_query(
            "select s.id, s.live, s.document, c.version, c.change_type, c.old_values, c.new_values,"
            " (select p.updated_at from state_changerecord p where p.kind = c.kind"
            "  and p.state_id = c.state_id and p.version = c.version - 1)"
            f" from (select id, live, document from {TABLES[kind]}"
            " where id > %s and version > 0 order by id limit %s) s"
            " left join state_changerecord c"
            " on c.kind = %s and c.state_id = s.id and c.seq > %s"
            " order by s.id, c.version desc",
            [after, _PAGE, kind.value, seq],
        )
        after = None
        for state_id, group in _grouped(rows):
            document = _as_it_was(kind, group)
            if document is not None:
                yield _complete(kind, state_id, document)
            after = state_id
        [(epoch, pruned_through)] = run_query("select epoch, pruned_through from state_changelog")
        if pruned_through > seq:
            raise CursorExpired(oldest=f"{epoch}.{pruned_through}")


def _grouped(rows: list[tuple[Any, ...]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    group: list[tuple[Any, ...]] = []
    for row in rows:
        if group and group[0][0] != row[0]:
            yield group[0][0], group
            group = []
        group.append(row)
    if group:
        yield group[0][0], group


def _as_it_was(kind: Kind, group: list[tuple[Any, ...]]) -> Document | None:
    """One state's row with its later changes, newest first, taken back."""
    from_nothing = f'{{"{kind.id_field}":'
    _, live, text, version, *_ = group[0]
    document: Document | None = decode(text) if live else None
    if version is None:
        return document
    for _, _, _, version, change_type, old_text, new_text, updated_before in group:
        old_values = decode(old_text)
        if change_type == "Deleted":
            document = old_values
        elif new_text.startswith(from_nothing):
            document = None
        elif document is not None:
            document |= old_values
        if document is not None:
            document.pop("extractedFacts", None)
            document.pop("lastUpdated", None)
            document["lastUpdated"] = format_time(from_column(updated_before))
            document.pop("version", None)
            document["version"] = version - 1
    return document


def _complete(kind: Kind, state_id: str, document: Document) -> bytes:
    encoded = encode(document)
    if kind is not Kind.RESEARCH:
        return encoded
    facts = fetch_facts(state_id, document["version"]) if document["factCount"] else []
    return with_facts(encoded, b",".join(facts))
