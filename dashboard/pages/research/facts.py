"""Facts of a research as the detail page lists them: newest first."""

from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from dashboard.parts.cells import Cell, score_cell, status_cell, text_cell, time_cell


class FactRow(Struct, kw_only=True):
    """One fact; ``source`` is a link only when it is a web address."""

    id: str
    content: str
    cells: dict[str, Cell]


class _Fact(Struct, rename="camel", kw_only=True):
    id: str
    content: str
    source: str = ""
    confidence_score: float = 0
    verification_status: str = "Pending"
    extracted_at: str | None = None


class _Facts(Struct, rename="camel", kw_only=True):
    """The facts of a research, not decoded yet: of 100,000 only a page is looked at."""

    extracted_facts: list[msgspec.Raw] = []


class FactPage(Struct, kw_only=True):
    """Facts newest first; ``next`` is the ``before`` of the facts that came earlier."""

    rows: list[FactRow]
    next: int | None = None


_decoder = msgspec.json.Decoder(_Fact)
_facts_decoder = msgspec.json.Decoder(_Facts)


def present_facts(research: bytes, limit: int, before: int | None = None) -> FactPage:
    """One page of a research's facts; ``before`` counts them from the first one that came."""
    facts = _facts_decoder.decode(research).extracted_facts
    end = len(facts) if before is None else min(before, len(facts))
    start = max(0, end - limit)
    rows = [_row(_decoder.decode(fact)) for fact in reversed(facts[start:end])]
    return FactPage(rows=rows, next=start or None)


def _row(fact: _Fact) -> FactRow:
    cells = {
        "verificationStatus": status_cell(fact.verification_status),
        "confidenceScore": score_cell(fact.confidence_score),
        "source": source_cell(fact.source),
        "extractedAt": time_cell(fact.extracted_at),
    }
    return FactRow(id=fact.id, content=fact.content, cells=cells)


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
