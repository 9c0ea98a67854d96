"""Which states break a rule over a field, followed through the change log."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from state.alerts.judge import Breach
from state.alerts.rules import STATE_KINDS, Rule, value_at
from state.changelog.events import ChangeEvent
from state.domain.jsontext import decode
from state.domain.kinds import Kind
from state.store.columns import TABLES
from state.store.fetch import id_list, run_query

_PAGE = 500
_DIRTY_MAX = 100_000
"""Changed states remembered between two rounds; beyond that everything is looked at anew."""


class FieldWatch:
    """Keeps the breaches of rules over fields: all states once, then those that change.

    ``note`` may be called from another thread; ``refresh`` asks the database.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = {kind: [rule for rule in rules if rule.kind == kind] for kind in STATE_KINDS}
        self._breaches: dict[tuple[str, str], Breach] = {}
        self._dirty: set[tuple[str, str]] = set()
        self._must_scan = True

    def note(self, events: Sequence[ChangeEvent]) -> None:
        """These states have changed; an empty page says that some changes were missed."""
        if not events:
            self._must_scan = True
        for event in events:
            if self._rules.get(event.kind):
                self._dirty.add((event.kind, event.state_id))

    def refresh(self) -> list[Breach]:
        """Every breach as of now."""
        dirty, self._dirty = self._dirty, set()
        if self._must_scan or len(dirty) > _DIRTY_MAX:
            self._must_scan = False
            self._scan()
        else:
            for kind in STATE_KINDS:
                ids = iter(sorted(state_id for one, state_id in dirty if one == kind))
                while page := list(islice(ids, _PAGE)):
                    self._look_again(kind, page)
        return list(self._breaches.values())

    def _scan(self) -> None:
        found: dict[tuple[str, str], Breach] = {}
        for kind, rules in self._rules.items():
            if rules:
                for state_id, version, document in _documents(kind, rules):
                    found |= self._judged(kind, state_id, version, document)
        self._breaches = found

    def _look_again(self, kind: str, ids: Sequence[str]) -> None:
        for rule in self._rules[kind]:
            for state_id in ids:
                self._breaches.pop((rule.name, state_id), None)
        condition, parameter = id_list(ids)
        may_break, values = _may_break(kind, self._rules[kind])
        rows = run_query(
            f"select id, version, document from {TABLES[Kind(kind)]}"
            f" where id {condition} and live{may_break}",
            [parameter, *values],
        )
        for state_id, version, text in rows:
            self._breaches |= self._judged(kind, state_id, version, decode(text))

    def _judged(
        self, kind: str, state_id: str, version: int, document: Mapping[str, Any]
    ) -> dict[tuple[str, str], Breach]:
        found = {}
        for rule in self._rules[kind]:
            if rule.agent_type and document.get("agentType") != rule.agent_type:
                continue
            value = value_at(document, rule.source)
            if rule.is_broken_by(value):
                found[rule.name, state_id] = Breach(rule, state_id, value, str(version))
        return found


def _documents(kind: str, rules: Sequence[Rule]) -> Iterator[tuple[str, int, Any]]:
    """States that may break one of the rules, a page at a time."""
    may_break, values = _may_break(kind, rules)
    after = ""
    while page := run_query(
        f"select id, version, document from {TABLES[Kind(kind)]}"
        f" where live and id > %s{may_break} order by id limit {_PAGE}",
        [after, *values],
    ):
        for state_id, version, text in page:
            yield state_id, version, decode(text)
        after = page[-1][0]


def _may_break(kind: str, rules: Sequence[Rule]) -> tuple[str, list[Any]]:
    """SQL for what a state that breaks one of the rules has in a column, and its values.

    For the product's own rules an index or a column tells; a rule of the user's may be over
    anything, and then every state has to be read.
    """
    if not all(rule.built_in for rule in rules):
        return "", []
    if kind == Kind.VERIFICATION:
        return " and confidence_score < %s", [max(rule.threshold for rule in rules)]
    # Not "= any": PostgreSQL would sort them all for each page; so it goes on in the index.
    condition = " or ".join("status = %s" for _ in rules)
    return f" and ({condition})", [rule.threshold for rule in rules]
