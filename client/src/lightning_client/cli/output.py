"""What the tool prints: JSON for scripts, tables for people."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lightning_client.answers import Change
from lightning_client.states import AgentState, ResearchState, State, VerificationState

console = Console()
trouble = Console(stderr=True)

STATUS_STYLES = {
    "Ready": "green",
    "Completed": "green",
    "Processing": "cyan",
    "InProgress": "cyan",
    "Verifying": "cyan",
    "Paused": "yellow",
    "Initializing": "dim",
    "Pending": "dim",
    "Failed": "red",
}


def plain(value: Any) -> Any:
    """A state or an answer as JSON members, as the server writes them."""
    return msgspec.to_builtins(value)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    json.dump(plain(value), sys.stdout, ensure_ascii=False, indent=indent)
    sys.stdout.write("\n")
    sys.stdout.flush()


def print_state(state: State) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in plain(state).items():
        if value not in (None, "", [], {}):
            table.add_row(f"[dim]{name}[/dim]", _shown(name, value))
    console.print(table)


def print_result(members: Mapping[str, Any]) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in members.items():
        table.add_row(f"[dim]{name}[/dim]", _shown(name, value))
    console.print(table)


def states_table(states: Iterable[State]) -> Table:
    """A line a state."""
    table = Table(box=None, pad_edge=False)
    for name in ("id", "status", "what", "version", "last updated"):
        table.add_column(name, overflow="fold")
    for state in states:
        table.add_row(*_cells(state))
    return table


def print_change(change: Change) -> None:
    status = change.new_values.get("status", "")
    details = f"{', '.join(change.new_values)} {change.actor} {change.reason}".rstrip()
    console.print(
        f"[dim]{change.at:%H:%M:%S}[/dim] {change.kind} [bold]{escape(change.id)}[/bold]"
        f" v{change.version} {change.change_type} {_styled(str(status))}"
        f" [dim]{escape(details)}[/dim]",
        highlight=False,
        soft_wrap=True,
    )


def rows_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A line a row, the columns of the first one."""
    table = Table(box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_shown(name, value) for name, value in row.items()))
    return table


def _cells(state: State) -> tuple[str, ...]:
    updated = f"{state.last_updated:%Y-%m-%d %H:%M:%S}" if state.last_updated else ""
    match state:
        case AgentState():
            what = f"{state.agent_type} {', '.join(state.active_task_ids)}"
            cells = (state.agent_id, _styled(state.status), what)
        case ResearchState():
            what = f"{state.query} ({state.fact_count} facts, {state.current_quality_score:.2f})"
            cells = (state.research_id, _styled(state.status), what)
        case VerificationState():
            word = "[green]verified[/green]" if state.is_verified else "open"
            what = f"{state.source_id}: {state.content}"
            cells = (state.verification_id, f"{word} {state.confidence_score:.2f}", what)
        case _:
            cells = ("", "", "")
    identifier, status, text = cells
    return (escape(identifier), status, escape(text), str(state.version), updated)


def _shown(name: str, value: Any) -> str:
    if name == "status":
        return _styled(str(value))
    if isinstance(value, str | datetime):
        return escape(str(value))
    return escape(json.dumps(value, ensure_ascii=False))


def _styled(status: str) -> str:
    style = STATUS_STYLES.get(status)
    return f"[{style}]{status}[/{style}]" if style else escape(status)
