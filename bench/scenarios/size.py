"""The same calls on a small and on a big data set, each with its log (PostgreSQL)."""

from collections.abc import Callable, Iterator

import psycopg

from bench.figures import Row, at_most
from bench.rounds import Effort, Subject, in_turn
from bench.scenarios.doors import load
from bench.stand import Door, Stand
from bench.states import agent_body, create_agents, page_path
from bench.wrk import Load

SMALL, BIG = 1_000, 1_000_000
PAGE_LIMIT = 100
LATE_PAGE = 1000
"""On the small set page 1 stands for it: there is no page 1,000 of a hundred."""

DoorRun = Callable[[float], Load]


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """The time of a call on one connection, past the caches."""
    small, big = (_filled(stand, count) for count in (SMALL, BIG))
    with big.client("viewer") as client:
        late = page_path(client, LATE_PAGE, PAGE_LIMIT)
    page = f"/api/v1/agents?limit={PAGE_LIMIT}"
    pairs: dict[str, tuple[DoorRun, DoorRun]] = {
        "GET, past the caches": (_get(small, SMALL), _get(big, BIG)),
        "PUT": (_put(small, SMALL), _put(big, BIG)),
        "list, page 1": (_path(small, page), _path(big, page)),
        f"list, page {LATE_PAGE:,}": (_path(small, page), _path(big, late)),
        "summary": (_path(small, "/api/v1/summary"), _path(big, "/api/v1/summary")),
    }
    for name, (on_small, on_big) in pairs.items():
        series = in_turn(
            stand, effort, [Subject("small", small, on_small), Subject("big", big, on_big)]
        )
        yield Row(
            f"{BIG:,} agents: {name}",
            series["big"].mean_ms,
            f"{SMALL:,} agents",
            series["small"].mean_ms,
            at_most(1.3),
        )
    for count in (SMALL, BIG):
        stand.close_door(f"{count}")


def _filled(stand: Stand, count: int) -> Door:
    door = stand.door(f"{count}")
    create_agents(door, SMALL)
    if count > SMALL:
        _multiply(door.backend.database_url, count)
    with psycopg.connect(door.backend.database_url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
    return door


def _multiply(database_url: str, count: int) -> None:
    """Copies of the first agents and of their log rows, up to the count.

    Written past the store, as a restored backup would be: a million calls would take an hour.
    """
    more = {"first": SMALL + 1, "last": count, "step": SMALL}
    source = "'agent-' || (n %% %(step)s + 1)"
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into state_agentstate"
            " (id, version, live, document, created_at, updated_at, status, agent_type)"
            " select 'agent-' || n, s.version, s.live,"
            " replace(s.document, '\"' || s.id || '\"', '\"agent-' || n || '\"'),"
            " s.created_at, s.updated_at, s.status, s.agent_type"
            " from generate_series(%(first)s, %(last)s) n"
            f" join state_agentstate s on s.id = {source}",
            more,
        )
        connection.execute(
            "insert into state_changerecord (kind, state_id, version, change_type, at, updated_at,"
            " actor, reason, old_values, new_values, document, batch)"
            " select c.kind, 'agent-' || n, c.version, c.change_type,"
            " (select max(at) from state_changerecord), c.updated_at, c.actor, c.reason,"
            " c.old_values, c.new_values, c.document, null"
            " from generate_series(%(first)s, %(last)s) n"
            f" join state_changerecord c on c.kind = 'agent' and c.state_id = {source}",
            more,
        )
        connection.execute(
            "update state_statecount set total = total + %(last)s - %(first)s + 1"
            " where kind = 'agent' and \"group\" = 'Ready'",
            more,
        )


def _get(door: Door, ids: int) -> DoorRun:
    return lambda s: load(door, "get", s, connections=1, role="viewer", ids=ids, fresh="1")


def _put(door: Door, ids: int) -> DoorRun:
    return lambda s: load(
        door, "overwrite", s, connections=1, role="agent", ids=ids, body=agent_body()
    )


def _path(door: Door, path: str) -> DoorRun:
    return lambda s: load(door, "call", s, connections=1, role="viewer", method="GET", path=path)
