"""Jobs and what became of their states, as the rows of tables."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.urls import reverse
from msgspec import Struct

from dashboard.parts.cells import Cell, time_cell
from dashboard.parts.numbers import count
from dashboard.parts.rows.row import state_url
from state.domain.kinds import Kind

LISTS = {
    Kind.AGENT: "dashboard:agents",
    Kind.RESEARCH: "dashboard:researches",
    Kind.VERIFICATION: "dashboard:verifications",
}


class JobRow(Struct, kw_only=True):
    id: str
    name: str
    kind: str
    state: str
    problem: str
    actor: str
    reason: str
    taken: int
    total: int
    done: str
    refused: str
    of: str
    created: Cell
    ended: Cell | None
    filter_text: str
    filter_url: str
    undo_of: str
    undone_by: str
    is_open: bool
    may_undo: bool


class ResultRow(Struct, kw_only=True):
    id: str
    url: str
    result: str
    version: str
    code: str
    detail: str


def present_job(job: Mapping[str, Any]) -> JobRow:
    ended, kind = job["endedAt"], Kind(job["kind"])
    chosen = job["filter"]
    taken = job["done"] + job["refused"]
    return JobRow(
        id=job["id"],
        name=job["name"],
        kind=kind.value,
        state=job["state"],
        problem=job["problem"] or "",
        actor=job["actor"],
        reason=job["reason"],
        taken=taken,
        total=job["total"],
        done=count(job["done"]),
        refused=count(job["refused"]),
        of=f"{count(taken)} of {count(job['total'])}",
        created=time_cell(job["createdAt"]),
        ended=time_cell(ended) if ended else None,
        filter_text=_told(chosen),
        filter_url=f"{reverse(LISTS[kind])}?{chosen.removeprefix('?')}" if chosen else "",
        undo_of=job["undoOf"] or "",
        undone_by=job["undoneBy"] or "",
        is_open=ended is None,
        may_undo=ended is not None and job["done"] > 0 and job["undoneBy"] is None,
    )


def _told(chosen: str | None) -> str:
    """A filter in words: ``status = Ready, q = eu``."""
    pairs = parse_qsl((chosen or "").removeprefix("?"))
    return ", ".join(f"{name} = {value}" for name, value in pairs)


def present_result(kind: Kind, result: Mapping[str, Any]) -> ResultRow:
    error = result["error"] or {}
    return ResultRow(
        id=result["id"],
        url=state_url(kind, result["id"]),
        result=result["result"],
        version=str(result["version"] or ""),
        code=error.get("code", ""),
        detail=error.get("detail", ""),
    )
