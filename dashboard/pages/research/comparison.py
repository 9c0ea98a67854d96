"""Two runs of research side by side."""

from msgspec import Struct

from dashboard.pages.research.progress import Point, present_progress
from dashboard.parts.cells import Cell
from dashboard.parts.numbers import count
from dashboard.parts.rows import decode_state, row_of
from dashboard.parts.rows.research import ResearchState
from dashboard.parts.rows.row import state_url
from state.domain.kinds import Kind
from state.service import watching
from state.store.newest_facts import fetch_bare_research

PROGRESS_EVENTS = 200


class Line(Struct, kw_only=True):
    label: str
    here: Cell
    there: Cell


class Comparison(Struct, kw_only=True):
    """``problem`` says why there is nothing to compare with."""

    other_id: str
    url: str = ""
    lines: list[Line] = []
    points: list[Point] = []
    problem: str = ""


def compare(state: ResearchState, other_id: str) -> Comparison:
    """This run and another one: where they stand, and how the other one's quality grew."""
    found = fetch_bare_research(other_id)
    if found is None or found.document is None:
        return Comparison(other_id=other_id, problem=f"There is no research {other_id}.")
    other = decode_state(Kind.RESEARCH, found.document)
    assert isinstance(other, ResearchState)
    here, there = (row_of(Kind.RESEARCH, each).cells for each in (state, other))
    events = watching.history(Kind.RESEARCH, other_id, limit=PROGRESS_EVENTS)
    lines = [
        Line(label=label, here=here[name], there=there[name])
        for name, label in (
            ("query", "Query"),
            ("status", "Status"),
            ("currentQualityScore", "Quality"),
            ("iterationCount", "Iterations"),
            ("factCount", "Facts"),
        )
    ]
    shared = set(state.sources) & set(other.sources)
    lines.append(_sources(len(state.sources), len(other.sources), len(shared)))
    return Comparison(
        other_id=other_id,
        url=state_url(Kind.RESEARCH, other_id),
        lines=lines,
        points=present_progress(events.items),
    )


def _sources(here: int, there: int, shared: int) -> Line:
    told = f", {count(shared)} in both"
    return Line(
        label="Sources", here=Cell(text=count(here) + told), there=Cell(text=count(there) + told)
    )
