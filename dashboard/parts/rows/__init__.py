"""Turns a state's JSON into the row that lists, detail pages and frames show."""

from typing import Any

import msgspec

from dashboard.parts.cells import Cell, time_cell
from dashboard.parts.rows import agents, research, verifications
from dashboard.parts.rows.agents import AgentState
from dashboard.parts.rows.research import ResearchState
from dashboard.parts.rows.row import Column, Row, state_url
from dashboard.parts.rows.verifications import VerificationState
from state.domain.kinds import Kind

__all__ = ["COLUMNS", "Column", "Row", "State", "decode_state", "present_row", "row_of"]

State = AgentState | ResearchState | VerificationState

_DECODERS: dict[Kind, msgspec.json.Decoder[Any]] = {
    Kind.AGENT: msgspec.json.Decoder(AgentState),
    Kind.RESEARCH: msgspec.json.Decoder(ResearchState),
    Kind.VERIFICATION: msgspec.json.Decoder(VerificationState),
}

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.AGENT: agents.COLUMNS,
    Kind.RESEARCH: research.COLUMNS,
    Kind.VERIFICATION: verifications.COLUMNS,
}


def decode_state(kind: Kind, document: bytes) -> State:
    state: State = _DECODERS[kind].decode(document)
    return state


def present_row(kind: Kind, document: bytes) -> Row:
    return row_of(kind, decode_state(kind, document))


def row_of(kind: Kind, state: State) -> Row:
    if isinstance(state, AgentState):
        state_id, cells = state.agent_id, agents.agent_cells(state)
    elif isinstance(state, ResearchState):
        state_id, cells = state.research_id, research.research_cells(state)
    else:
        state_id, cells = state.verification_id, verifications.verification_cells(state)
    named = {kind.id_field: Cell(text=state_id, href=state_url(kind, state_id))}
    changed = {
        "lastUpdated": time_cell(state.last_updated),
        "version": Cell(text=str(state.version)),
    }
    return Row(kind=kind, id=state_id, version=state.version, cells=named | cells | changed)
