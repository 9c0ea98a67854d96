"""The source text that a research is: its facts, a paragraph each, then its sources."""

from collections.abc import Iterable, Mapping
from typing import Any


def research_text(research: Mapping[str, Any], facts: Iterable[Mapping[str, Any]]) -> str:
    """Text for ``verify-facts`` from a research document and its facts (contract §1)."""
    paragraphs = [str(fact["content"]) for fact in facts]
    paragraphs.extend(str(source) for source in research.get("sources", ()))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip())
