"""§1: how many facts, and how many bytes of facts, a research may have."""

import pytest

from state.domain import facts_edit
from state.domain.errors import Invalid
from state.domain.facts import FACTS_LIMIT, Fact, normalise_facts
from state.domain.facts_edit import FactsEdit, StoredFact, append_facts, replace_facts

NOW = "2026-01-31T12:00:00Z"


def facts_of(*sizes: int) -> list[Fact]:
    return normalise_facts([{"id": f"f{n}", "content": "x" * size} for n, size in enumerate(sizes)])


def stored_by(edit: FactsEdit) -> dict[str, StoredFact]:
    return {one.fact["id"]: one for one in edit.inserted}


def test_the_bytes_are_those_of_what_is_stored() -> None:
    first = append_facts(facts_of(100, 200), {}, FactsEdit(0, 0, 0), NOW)
    stored = stored_by(first)
    assert first.size_bytes == sum(len(one.document) for one in stored.values())
    shrunk = append_facts(facts_of(10), stored, first, NOW)
    assert shrunk.size_bytes == first.size_bytes - 90
    gone = replace_facts(facts_of(100), stored, 2, NOW)
    assert gone.size_bytes == len(stored["f0"].document)


def test_more_bytes_than_a_research_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_edit, "FACTS_LIMIT_BYTES", 1000)
    first = append_facts(facts_of(600), {}, FactsEdit(0, 0, 0), NOW)
    with pytest.raises(Invalid, match="facts"):
        append_facts(facts_of(600, 600), stored_by(first), first, NOW)
    with pytest.raises(Invalid, match="facts"):
        replace_facts(facts_of(600, 600), {}, 0, NOW)


def test_what_is_over_the_limit_may_shrink(monkeypatch: pytest.MonkeyPatch) -> None:
    first = append_facts(facts_of(600, 600), {}, FactsEdit(0, 0, 0), NOW)
    monkeypatch.setattr(facts_edit, "FACTS_LIMIT_BYTES", 1000)
    assert append_facts(facts_of(500), stored_by(first), first, NOW).updated == 1


def test_one_fact_more_than_a_research_may_have_is_refused() -> None:
    full = FactsEdit(FACTS_LIMIT, FACTS_LIMIT, 1000)
    with pytest.raises(Invalid, match=f"more than {FACTS_LIMIT} facts"):
        append_facts(facts_of(1), {}, full, NOW)
    assert append_facts([], {}, full, NOW).is_empty


def test_a_fact_of_more_than_64_kib_is_refused() -> None:
    with pytest.raises(Invalid, match="64 KiB"):
        facts_of(64 * 1024)
