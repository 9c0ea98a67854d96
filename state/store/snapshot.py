"""The whole fleet as it was at a position in the log, complete with facts."""

from collections.abc import Iterator

from state.domain.kinds import Kind
from state.store.fetch import fetch_facts, with_facts
from state.store.past import StateThen, states_at


def complete_states_at(kind: Kind, seq: int) -> Iterator[bytes]:
    """The complete JSON of every state of a kind that was live at a position, by id.

    Raises CursorExpired when retention passes the position meanwhile.
    """
    for past in states_at(kind, seq):
        yield _complete(past) if kind.has_facts else past.body


def _complete(past: StateThen) -> bytes:
    facts = fetch_facts(past.state_id, past.version) if past.document["factCount"] else []
    return with_facts(past.body, b",".join(facts))
