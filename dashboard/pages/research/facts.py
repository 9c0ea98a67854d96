"""Facts of a research as the detail page lists them: newest first, each with its checks."""

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from dashboard.parts.cells import Cell, score_cell, status_cell, text_cell, time_cell
from dashboard.parts.rows import present_row
from dashboard.parts.rows.row import Row
from state.domain.kinds import Kind
from state.store.newest_facts import newest_facts, verifications_of_many

CHECKS_SHOWN = 200
IN_DOUBT = frozenset({"Disputed", "Failed"})


class Check(Struct, kw_only=True):
    """A verification of a fact, with what it objects to."""

    row: Row
    issues: list[str]


class FactRow(Struct, kw_only=True):
    """One fact; ``source`` is a link only when it is a web address."""

    id: str
    content: str
    source: str
    in_doubt: bool
    cells: dict[str, Cell]
    checks: list[Check] = field(default_factory=list)


class FactPage(Struct, kw_only=True):
    """Facts newest first; ``next`` is the ``before`` of the facts that came earlier."""

    rows: list[FactRow]
    next: int | None = None


class _Fact(Struct, rename="camel", kw_only=True):
    id: str
    content: str
    source: str = ""
    confidence_score: int | float = 0
    verification_status: str = "Pending"
    extracted_at: str | None = None


class _Issues(Struct, kw_only=True):
    issues: list[str] = []


_fact_decoder = msgspec.json.Decoder(_Fact)
_issues_decoder = msgspec.json.Decoder(_Issues)


def read_facts(research_id: str, limit: int, before: int | None = None) -> FactPage:
    """One page of facts; its cost does not grow with the facts that are not on it."""
    found = newest_facts(research_id, limit + 1, before)
    more = len(found) > limit
    found = found[:limit]
    facts = [_fact_decoder.decode(document) for _, document in found]
    checks = _read_checks(fact.id for fact in facts)
    rows = [_row(fact, checks[fact.id]) for fact in facts]
    return FactPage(rows=rows, next=found[-1][0] if more else None)


def _read_checks(fact_ids: Iterable[str]) -> dict[str, list[Check]]:
    checks: dict[str, list[Check]] = defaultdict(list)
    for source_id, document in verifications_of_many(list(fact_ids), CHECKS_SHOWN):
        row = present_row(Kind.VERIFICATION, document)
        checks[source_id].append(Check(row=row, issues=_issues_decoder.decode(document).issues))
    return checks


def _row(fact: _Fact, checks: list[Check]) -> FactRow:
    cells = {
        "verificationStatus": status_cell(fact.verification_status),
        "confidenceScore": score_cell(fact.confidence_score),
        "source": source_cell(fact.source),
        "extractedAt": time_cell(fact.extracted_at),
    }
    return FactRow(
        id=fact.id,
        content=fact.content,
        source=fact.source,
        in_doubt=fact.verification_status in IN_DOUBT,
        cells=cells,
        checks=checks,
    )


def source_cell(source: str) -> Cell:
    """A source is written by agents: only http and https become a link, nothing that can run."""
    is_web = _scheme(source) in ("http", "https")
    shown = text_cell(source or "–", limit=80)
    return Cell(text=shown.text, title=shown.title, href=source if is_web else "")


def _scheme(source: str) -> str:
    try:
        return urlsplit(source).scheme
    except ValueError:
        return ""  # not a URL at all, such as a bracket without its twin
