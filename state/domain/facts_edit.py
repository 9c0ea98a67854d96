"""What a write does to the facts of a research."""

from collections.abc import Mapping

from msgspec import Struct, field

from state.domain.errors import Invalid
from state.domain.facts import FACTS_LIMIT, FACTS_LIMIT_BYTES, Fact
from state.domain.jsontext import encode


class StoredFact(Struct, frozen=True):
    """A fact as it stands, at its place in the list; ``document`` is its JSON."""

    position: int
    fact: Fact
    document: bytes


class FactsEdit(Struct):
    """Rows to close and to insert, and what the log says about it.

    ``closed`` are ids whose current row ends with this version; ``inserted`` are rows that begin
    with it. ``before`` and ``after`` hold the facts added or changed.
    """

    count: int
    next_position: int
    size_bytes: int
    closed: list[str] = field(default_factory=list)
    inserted: list[StoredFact] = field(default_factory=list)
    before: list[Fact] = field(default_factory=list)
    after: list[Fact] = field(default_factory=list)
    added: int = 0
    updated: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.closed and not self.inserted

    def _keep_time(self, fact: Fact, stored: StoredFact | None, now: str) -> Fact:
        if fact["extractedAt"] is not None:
            return fact
        return {**fact, "extractedAt": stored.fact["extractedAt"] if stored else now}

    def _put(self, fact: Fact, stored: StoredFact | None, position: int) -> None:
        placed = StoredFact(position, fact, encode(fact))
        self.inserted.append(placed)
        self.size_bytes += len(placed.document) - (len(stored.document) if stored else 0)
        if stored is None:
            self.added += 1
            self.count += 1
        else:
            self.closed.append(fact["id"])
            if stored.fact == fact:
                return  # only its place in the list changed
            self.updated += 1
            self.before.append(stored.fact)
        self.after.append(fact)

    def _next(self) -> int:
        self.next_position += 1
        return self.next_position - 1

    def check_limits(self, bytes_before: int) -> None:
        """Raises Invalid for more facts, or more bytes of facts, than a research may have."""
        if self.count > FACTS_LIMIT:
            raise Invalid.field("facts", f"the research would have more than {FACTS_LIMIT} facts")
        if self.size_bytes > max(FACTS_LIMIT_BYTES, bytes_before):
            mebibytes = FACTS_LIMIT_BYTES // 2**20
            raise Invalid.field(
                "facts", f"the research would have {mebibytes} MiB of facts and more"
            )


def append_facts(
    facts: list[Fact], stored: Mapping[str, StoredFact], before: FactsEdit, now: str
) -> FactsEdit:
    """Adds new facts at the end and updates known ones in place; ``stored`` holds those touched."""
    edit = FactsEdit(before.count, before.next_position, before.size_bytes)
    for given in facts:
        known = stored.get(given["id"])
        fact = edit._keep_time(given, known, now)
        if known is None:
            edit._put(fact, None, edit._next())
        elif known.fact != fact:
            edit._put(fact, known, known.position)
    edit.check_limits(before.size_bytes)
    return edit


def replace_facts(
    facts: list[Fact], stored: Mapping[str, StoredFact], next_position: int, now: str
) -> FactsEdit:
    """Makes the list exactly ``facts``, in that order; ``stored`` holds every current fact.

    Facts keep their row while they keep their order; from the first one out of order on, rows are
    placed anew behind the others.
    """
    before = sum(len(one.document) for one in stored.values())
    edit = FactsEdit(len(stored), next_position, before)
    last = -1
    in_order = True
    for given in facts:
        known = stored.get(given["id"])
        fact = edit._keep_time(given, known, now)
        in_order = in_order and known is not None and known.position > last
        if known is not None and in_order:
            last = known.position
            if known.fact != fact:
                edit._put(fact, known, known.position)
        else:
            edit._put(fact, known, edit._next())
    gone = stored.keys() - {fact["id"] for fact in facts}
    edit.closed.extend(sorted(gone))
    edit.count -= len(gone)
    edit.size_bytes -= sum(len(stored[one].document) for one in gone)
    edit.check_limits(before)
    return edit
