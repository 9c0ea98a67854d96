"""Between the clients and the server: drops, delays, 502s, resets after the request was sent."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from lightning_client import (
    AgentState,
    CircuitState,
    Lightning,
    Policy,
    ResearchState,
    Unreachable,
)

from tests.client.conftest import NewClient
from tests.client.proxy import FlakyProxy
from tests.rig.backends import Backend
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]
CLIENTS, UPDATES = 16, 4
# A network that fails every third time is not what the defaults are for.
STUBBORN = Policy(
    retries=60,
    deadline_seconds=300.0,
    attempt_seconds=60.0,
    first_pause_seconds=0.01,
    longest_pause_seconds=0.2,
    budget_reserve=1e6,
    conflict_retries=10_000,
    breaker_failures=10_000,
)


@pytest.fixture(scope="module")
def other(backend: Backend) -> Iterator[Server]:
    """A second instance beside the shared one, which may be killed."""
    with running(Server(backend, backend.directory)) as (instance,):
        yield instance


@pytest.mark.slow
def test_every_update_is_counted_exactly_once(
    server: Server, lightning: Lightning, new_client: NewClient, new_id: NewId
) -> None:
    agent_id, research_id = new_id("agent"), new_id("research")
    lightning.set("agent", agent_id, AgentState(agent_type="Counter", status="Ready"))
    lightning.set("research", research_id, ResearchState(query="How many?"))
    with FlakyProxy(server.port, trouble=0.3) as proxy:
        start = threading.Barrier(CLIENTS)

        def work(number: int) -> None:
            client = new_client(url=proxy.url, policy=STUBBORN)

            def add_one(state: AgentState) -> None:
                state.properties["count"] = state.properties.get("count", 0) + 1

            start.wait()
            for step in range(UPDATES):
                client.update("agent", agent_id, add_one)
                client.add_facts(research_id, [{"content": f"{number}, {step}"}])
                client.patch("research", research_id, {"metadata": {f"{number}-{step}": 1}})

        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(work, range(CLIENTS)))
        assert all(proxy.troubles.values()), f"every trouble came about: {proxy.troubles}"
    count = CLIENTS * UPDATES
    state = lightning.get("agent", agent_id, fresh=True)
    assert (state.properties["count"], state.version) == (count, count + 1)
    research = lightning.get("research", research_id, fresh=True)
    assert (research.fact_count, research.version) == (count, 2 * count + 1)


@pytest.mark.faults
def test_the_breaker_opens_and_closes_with_the_server(other: Server) -> None:
    impatient = Policy(
        retries=0, breaker_failures=3, breaker_open_seconds=0.5, attempt_seconds=30.0
    )
    with Lightning(other.url, other.backend.keys["agent"], policy=impatient) as lightning:
        lightning.summary()
        assert lightning.circuits == {other.url: CircuitState.CLOSED}
        other.kill()
        for _ in range(3):
            with pytest.raises(Unreachable):
                lightning.summary()
        assert lightning.circuit is CircuitState.OPEN
        wait_for(lambda: lightning.circuit is CircuitState.HALF_OPEN, what="time for a probe")
        other.start()
        wait_for(lambda: probe(lightning), what="a probe that is answered")
        assert lightning.circuit is CircuitState.CLOSED


def probe(lightning: Lightning) -> bool:
    try:
        lightning.summary()
    except Unreachable:
        return False
    return True


@pytest.mark.faults
def test_a_watch_goes_on_at_the_other_instance_without_a_gap(
    server: Server, other: Server, new_id: NewId
) -> None:
    first, second = server, other
    agent_id, count = new_id("agent"), 100
    key = first.backend.keys["agent"]
    with (
        FlakyProxy(first.port) as one,
        FlakyProxy(second.port) as two,
        Lightning([one.url, two.url], key) as watcher,
        Lightning(second.url, key) as writer,
    ):
        cursor = writer.summary()["cursor"]
        writer.set("agent", agent_id, AgentState(agent_type="R", status="Ready"))
        seen = []
        for change in watcher.watch(ids=[agent_id], after=cursor):
            seen.append(change.version)
            if change.version % 5 == 0:
                one.break_all()
                two.break_all()
            if change.version == count:
                break
            writer.patch("agent", agent_id, {"properties": {"n": change.version}})
        assert one.connections + two.connections >= 20
    assert seen == list(range(1, count + 1))
