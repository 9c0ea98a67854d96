"""The same calls on servers of others, when they are installed (bench/README.md)."""

import itertools
import sys
from collections.abc import Iterator, Mapping
from functools import partial

from bench.figures import Row
from bench.peers import agent_lightning, etcd
from bench.rounds import Effort, Series, Subject, in_turn
from bench.scenarios.doors import compare_and_swap, fast_door, load
from bench.stand import Stand
from bench.states import agent_body, patch_body

ETCD_CONNECTIONS = 64
AGENT_LIGHTNING_CONNECTIONS = 16  # one thread answers them, about a thousand a second
NEW = "new agents"


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """Ours over theirs, for each peer that is there."""
    version = etcd.installed_version()
    if version:
        yield from _against_etcd(stand, effort, f"etcd {version}")
    else:
        _leave_out(stand, "etcd", etcd.HOW_TO_GET_IT)
    version = agent_lightning.installed_version(stand.peers_python)
    if version and version.startswith(agent_lightning.MEASURED):
        yield from _against_agent_lightning(stand, effort, f"Agent Lightning {version}")
    else:
        _leave_out(stand, "Agent Lightning 0.3", agent_lightning.HOW_TO_GET_IT)


def _against_etcd(stand: Stand, effort: Effort, name: str) -> Iterator[Row]:
    connections = ETCD_CONNECTIONS
    door = fast_door(stand)
    on_door = partial(load, door, connections=connections)
    with etcd.running_etcd(stand) as peer:
        server = peer.server
        subjects = [
            Subject("GET, level-1 hit", door, lambda s: on_door("get", s, role="viewer")),
            Subject("range", server, lambda s: peer.range(s, connections=connections)),
            Subject(
                "serializable range",
                server,
                lambda s: peer.range(s, connections=connections, serializable=True),
            ),
            Subject(
                "PUT, If-Match: *",
                door,
                lambda s: on_door("overwrite", s, role="agent", body=agent_body()),
            ),
            Subject("put", server, lambda s: peer.put(s, connections=connections)),
            Subject(
                "PUT, If-Match: version",
                door,
                lambda s: compare_and_swap(stand, door, s, connections=connections),
            ),
            Subject("txn", server, lambda s: peer.swap(s, connections=connections)),
        ]
        series = in_turn(stand, effort, subjects)
    pairs = (
        ("GET, level-1 hit", "range"),
        ("GET, level-1 hit", "serializable range"),
        ("PUT, If-Match: *", "put"),
        ("PUT, If-Match: version", "txn"),
    )
    yield from _rows(series, pairs, connections, name)


def _against_agent_lightning(stand: Stand, effort: Effort, name: str) -> Iterator[Row]:
    connections = AGENT_LIGHTNING_CONNECTIONS
    door = fast_door(stand)
    creating = stand.door(NEW)  # its own, or the other scenarios' lists would grow
    runs = itertools.count()
    with agent_lightning.running_agent_lightning(stand) as peer:
        server = peer.server
        subjects = [
            Subject(
                "GET, level-1 hit",
                door,
                lambda s: load(door, "get", s, connections=connections, role="viewer"),
            ),
            Subject("get", server, lambda s: peer.get(s, connections=connections)),
            Subject(
                "PUT, new id",
                creating,
                lambda s: load(
                    creating,
                    "create",
                    s,
                    connections=connections,
                    role="agent",
                    body=agent_body(),
                    run=f"run{next(runs)}",
                ),
            ),
            Subject("enqueue", server, lambda s: peer.enqueue(s, connections=connections)),
            Subject(
                "PATCH",
                door,
                lambda s: load(
                    door, "patch", s, connections=connections, role="agent", body=patch_body()
                ),
            ),
            Subject("update", server, lambda s: peer.update(s, connections=connections)),
        ]
        series = in_turn(stand, effort, subjects)
    stand.close_door(NEW)
    pairs = (("GET, level-1 hit", "get"), ("PUT, new id", "enqueue"), ("PATCH", "update"))
    yield from _rows(series, pairs, connections, name)


def _rows(
    series: Mapping[str, Series],
    pairs: tuple[tuple[str, str], ...],
    connections: int,
    peer: str,
) -> Iterator[Row]:
    for ours, theirs in pairs:
        yield Row(
            f"{ours}, {connections} connections",
            series[ours].per_second,
            f"{peer}: {theirs}",
            series[theirs].per_second,
        )


def _leave_out(stand: Stand, peer: str, how_to_get_it: str) -> None:
    print(
        f"{stand.topology}: {peer} is left out of peers; to add it: {how_to_get_it}",
        file=sys.stderr,
    )
