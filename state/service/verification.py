"""What verifying facts asks of the store: the text that a research stands for."""

from typing import Any

from state.domain import jsontext
from state.domain.errors import Invalid, NotFound
from state.domain.kinds import Kind, is_id
from state.service import reading
from state.verl.calls.limits import MOST_TEXT_BYTES
from state.verl.calls.research_source import research_text

_PAGE = 1000


def source_text(source: str) -> str:
    """The facts and sources of the research of this id; the source itself when it is none.

    Raises Invalid for a research of more than 1 MiB of text.
    """
    if not is_id(source):
        return source
    try:
        research = jsontext.parse(reading.read_state(Kind.RESEARCH, source).body or b"{}")
        facts: list[Any] = []
        size, page = 0, None
        while True:
            found = reading.list_facts(source, _PAGE, page)
            facts.extend(jsontext.parse(fact) for fact in found.items)
            size += sum(len(fact) for fact in found.items)
            page = found.next
            if page is None:
                break
            if size > 4 * MOST_TEXT_BYTES:  # a fact has other members than its text
                raise Invalid.field("source", "a research of more than 1 MiB of text")
    except NotFound:
        return source  # a text of one word
    return research_text(research, facts)
