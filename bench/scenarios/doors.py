"""The product behind its two doors, with the same thousand agents each."""

from bench.stand import Door, Stand
from bench.states import AGENTS, agent_body, create_agents, note_versions
from bench.wrk import Load, run_wrk

FAST, PLAIN = "fast lane", "DRF door"


def fast_door(stand: Stand) -> Door:
    return _door(stand, FAST, "1")


def plain_door(stand: Stand) -> Door:
    return _door(stand, PLAIN, "0")


def _door(stand: Stand, name: str, lane: str) -> Door:
    is_new = not stand.has_door(name)
    door = stand.door(name, LIGHTNING_FAST_LANE=lane)
    if is_new:
        create_agents(door)
    return door


def load(
    door: Door, script: str, seconds: float, *, connections: int, role: str, **settings: object
) -> Load:
    """One of the scripts against a door's agents."""
    return run_wrk(
        door.url,
        script,
        connections=connections,
        seconds=seconds,
        key=door.key(role),
        ids=settings.pop("ids", AGENTS),
        **settings,
    )


def compare_and_swap(stand: Stand, door: Door, seconds: float, *, connections: int) -> Load:
    """PUT with If-Match: each agent's version is read before, and then taken from the answers."""
    versions = note_versions(door, stand.directory / "versions")
    return load(
        door,
        "put",
        seconds,
        connections=connections,
        role="agent",
        body=agent_body(),
        versions=versions,
    )
