"""The whole fleet as it was at a place in the log, read a page at a time.

Each page is one statement's snapshot: the rows, and which version each had at the place. Only a
state that has changed since is read from its history, and no long transaction blocks anybody.
"""

from collections.abc import Iterator

from state.domain.errors import CursorExpired
from state.domain.kinds import Kind
from state.store.columns import TABLES
from state.store.fetch import fetch_facts, fetch_version, run_query, with_facts
from state.store.sized_pages import SizedSelect

_PAGE = 200


def _rows(kind: Kind) -> SizedSelect:
    """States by id: their rows as they are, and their versions at a place, where one was there.

    The versions are looked through from the newest down: it takes one look at a state that has
    not changed since.
    """
    version_then = (
        "(select version from state_changerecord c where c.kind = %s and c.state_id = s.id"
        " and c.seq <= %s order by version desc limit 1)"
    )
    fact_count = "fact_count" if kind.has_facts else "0 as fact_count"
    return SizedSelect(
        ("id", "version", "live", "document", "fact_count", "version_then"),
        ("document",),
        f"select id, version, live, document, {fact_count}, {version_then} as version_then"
        f" from {TABLES[kind]} s where id > %s and version > 0",
        "id",
    )


_ROWS = {kind: _rows(kind) for kind in Kind}


def states_at(kind: Kind, seq: int) -> Iterator[bytes]:
    """The complete JSON of every state of a kind that was live at a place, by id.

    Raises CursorExpired when retention passes the place meanwhile.
    """
    after, more = "", True
    while more:
        rows, more = _ROWS[kind].read([kind.value, seq, after], _PAGE)
        for state_id, version, live, document, fact_count, version_then in rows:
            if version_then == version:
                if live:
                    facts = fetch_facts(state_id, version) if fact_count else []
                    yield _complete(kind, document.encode(), facts)
            elif version_then is not None:
                past = fetch_version(kind, state_id, version_then)
                if past is not None:
                    yield past.body
            after = state_id
        [(pruned_through,)] = run_query("select pruned_through from state_changelog")
        if pruned_through > seq:
            raise CursorExpired()


def _complete(kind: Kind, document: bytes, facts: list[bytes]) -> bytes:
    return with_facts(document, b",".join(facts)) if kind.has_facts else document
