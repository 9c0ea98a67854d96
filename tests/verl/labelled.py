"""Reads the labelled data beside this file."""

import json
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "data"


class Pair(NamedTuple):
    """A claim beside a source, with the verdict a careful reader gives."""

    source: str
    claim: str
    label: str
    kind: str


class Statements(NamedTuple):
    """Statements, and the pairs of them (by index) that contradict each other."""

    statements: list[str]
    contradictory: list[tuple[int, int]]


class Chain(NamedTuple):
    """A chain of reasoning steps as a client sends it, and whether it is a good one."""

    steps: list[dict[str, Any]]
    is_valid: bool
    kind: str


def _lines(name: str) -> list[dict[str, Any]]:
    text = (DATA / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def pairs(half: str) -> list[Pair]:
    """The pairs of ``development`` or ``heldout``; or those of ``public_style``, which are written
    like those of FEVER, VitaminC, SciFact and WiCE.
    """
    return [
        Pair(line["source"], claim, label, kind)
        for line in _lines(half)
        for claim, label, kind in line["claims"]
    ]


def statements(half: str) -> list[Statements]:
    """The lists of statements of a half."""
    return [
        Statements(line["statements"], [(first, second) for first, second in line["contradictory"]])
        for line in _lines(f"consistency_{half}")
    ]


def chains(half: str) -> list[Chain]:
    """The reasoning chains of a half."""
    return [Chain(line["steps"], line["valid"], line["kind"]) for line in _lines(f"chains_{half}")]
