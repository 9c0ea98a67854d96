"""Reads states as a write would meet them, without locking them: the bases of verdicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from state.domain.commands import Command
from state.domain.current import Current
from state.domain.kinds import Kind
from state.store.columns import LOCKED, TABLES, current_from
from state.store.fetch import id_list, run_query
from state.store.postgres import stored_facts


@dataclass(frozen=True, slots=True)
class NeededFacts:
    """Of which researches all facts are needed, and which facts of others; both sorted."""

    whole: list[str]
    pairs: list[tuple[str, str]]


def needed_facts(
    commands: Sequence[Command], current: Callable[[Kind, str], Current]
) -> NeededFacts:
    """The stored facts that judging these commands takes."""
    whole: set[str] = set()
    touched: set[tuple[str, str]] = set()
    for command in commands:
        if not current(command.kind, command.state_id).fact_count:
            continue
        if command.replaces_facts:
            whole.add(command.state_id)
        else:
            touched |= {(command.state_id, fact["id"]) for fact in command.facts_added}
    return NeededFacts(sorted(whole), sorted(pair for pair in touched if pair[0] not in whole))


def read_bases(commands: Sequence[Command]) -> dict[tuple[Kind, str], Current]:
    """The states these commands are about, each with the facts that judging them takes."""
    found: dict[tuple[Kind, str], Current] = {}
    for kind in Kind:
        ids = sorted({one.state_id for one in commands if one.kind is kind})
        if ids:
            condition, parameter = id_list(ids)
            rows = run_query(
                f"select {LOCKED[kind]} from {TABLES[kind]} where id {condition}", [parameter]
            )
            found |= {(kind, row[0]): current_from(row) for row in rows}
    needed = needed_facts(commands, lambda kind, one: found.get((kind, one)) or Current())
    _add_facts(found, needed.whole, None)
    _add_facts(found, sorted({one for one, _ in needed.pairs}), [fact for _, fact in needed.pairs])
    return found


def _add_facts(
    found: dict[tuple[Kind, str], Current], research_ids: list[str], fact_ids: list[str] | None
) -> None:
    if not research_ids:
        return
    condition, parameter = id_list(research_ids)
    statement = (
        "select research_id, fact_id, position, document from state_fact"
        f" where research_id {condition} and valid_to is null"
    )
    parameters = [parameter]
    if fact_ids is not None:
        condition, parameter = id_list(fact_ids)
        statement += f" and fact_id {condition}"
        parameters.append(parameter)
    facts = stored_facts(run_query(f"{statement} order by position", parameters))
    for research_id, stored in facts.items():
        found[Kind.RESEARCH, research_id].facts = stored
