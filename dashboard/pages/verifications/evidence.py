"""What the verification layer says of a verification's content, given the research it is about."""

from functools import lru_cache

import msgspec
from msgspec import Struct

from dashboard.parts.cells import Cell, score_cell
from state.store.newest_facts import fetch_bare_research, newest_facts
from state.verl.calls.research_source import research_text
from state.verl.calls.verify_facts import FactVerdict, VerifyFactsRequest, verify_facts

FACTS_READ = 200
MOST_TEXT = 64 * 1024
"""Characters of the source: a page is read anew often, and may not cost a judgement of a book."""
MOST_CONTENT = 2_000

_TONES = {"supported": "verified", "refuted": "failed", "unknown": "pending"}


class Evidence(Struct, kw_only=True):
    """``passage`` is the part of the source that decided; ``facts`` how many of them were read."""

    verdict: Cell
    confidence: Cell
    passage: str
    reasons: list[str]
    facts: int


def read_evidence(content: str, research_id: str) -> Evidence | None:
    """None where there is nothing to judge by: no research of this id, no facts, or too long."""
    found = fetch_bare_research(research_id)
    if found is None or found.document is None or len(content) > MOST_CONTENT:
        return None
    facts = [
        msgspec.json.decode(document) for _, document in newest_facts(research_id, FACTS_READ, None)
    ]
    text = research_text(msgspec.json.decode(found.document), facts)
    if not facts or len(text) > MOST_TEXT:
        return None
    verdict = _judge(content, text)
    return Evidence(
        verdict=Cell(text=verdict.verdict, tone=_TONES[verdict.verdict]),
        confidence=score_cell(verdict.confidence),
        passage=verdict.evidence.text if verdict.evidence else "",
        reasons=verdict.reasons,
        facts=len(facts),
    )


@lru_cache(maxsize=64)
def _judge(content: str, text: str) -> FactVerdict:
    return verify_facts(VerifyFactsRequest(facts=[content], source=text)).verdicts[0]
