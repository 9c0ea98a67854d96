"""Plain Python: the decorator, and the handler for `logging`."""

import logging
from collections.abc import Callable

import pytest
from lightning_client import AgentState, Lightning
from lightning_client.integrations.plain import LightningHandler, reports_state

from tests.client.integrations.conftest import PauseIt
from tests.rig.server import Server
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]


def test_a_call_shows_and_its_end(lightning: Lightning, new_id: NewId) -> None:
    agent_id = new_id("agent")
    inside: list[AgentState] = []

    @reports_state(agent_id, lightning, agent_type="Worker", heartbeat_seconds=0)
    def work(number: int) -> int:
        """Works."""
        inside.append(lightning.get("agent", agent_id, fresh=True))
        if number < 0:
            raise ValueError("negative")
        return number + 1

    assert work(1) == 2
    assert work.__doc__ == "Works."
    assert (inside[0].status, inside[0].agent_type) == ("Processing", "Worker")
    assert inside[0].properties["step"].endswith("work")
    after = lightning.get("agent", agent_id, fresh=True)
    assert (after.status, after.performance_metrics) == ("Ready", {"calls": 1})
    with pytest.raises(ValueError, match="negative"):
        work(-1)
    failed = lightning.get("agent", agent_id, fresh=True)
    assert (failed.status, failed.properties["error"]) == ("Failed", "ValueError: negative")
    assert work(2) == 3
    assert lightning.get("agent", agent_id, fresh=True).status == "Ready"


def test_a_failure_shows_whatever_its_message_is(lightning: Lightning, new_id: NewId) -> None:
    agent_id = new_id("agent")

    @reports_state(agent_id, lightning, heartbeat_seconds=0)
    def work() -> None:
        raise OSError("no such file:\n\0\udcff.txt" + "x" * 5_000)

    with pytest.raises(OSError, match="no such file"):
        work()
    failed = lightning.get("agent", agent_id, fresh=True)
    assert failed.status == "Failed"
    assert failed.properties["error"].startswith("OSError: no such file:\n?.txt")
    newest = next(lightning.history("agent", agent_id))
    assert newest.reason.startswith("OSError: no such file: .txt")


async def test_coroutines_and_the_environment_do_too(
    server: Server, lightning: Lightning, new_id: NewId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTNING_URL", server.url)
    monkeypatch.setenv("LIGHTNING_API_KEY", server.backend.keys["agent"])
    agent_id = new_id("agent")

    @reports_state(agent_id, heartbeat_seconds=0)
    async def work() -> str:
        return "done"

    assert await work() == "done"
    assert lightning.get("agent", agent_id, fresh=True).performance_metrics == {"calls": 1}


def test_a_paused_function_waits(lightning: Lightning, new_id: NewId, pauses: PauseIt) -> None:
    agent_id = new_id("agent")
    done: list[int] = []

    @reports_state(agent_id, lightning, heartbeat_seconds=0.1, pause_poll_seconds=0.02)
    def work() -> None:
        done.append(1)

    work()
    pauses(agent_id, work)
    assert len(done) == 2


def test_the_last_log_line_shows(lightning: Lightning, agent_id: str) -> None:
    logger = logging.getLogger(f"test.{agent_id}")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    handler = LightningHandler(agent_id, lightning)
    logger.addHandler(handler)
    try:
        logger.error("It broke: %s", "the lamp")
        logger.info("It goes on.")
        wait_for(
            lambda: (
                lightning.get("agent", agent_id, fresh=True).properties.get("lastLog")
                == {"level": "INFO", "text": "It goes on."}
            ),
            what="the last line",
        )
        state = lightning.get("agent", agent_id, fresh=True)
        assert state.performance_metrics == {"errorsLogged": 1}
    finally:
        logger.removeHandler(handler)
        handler.close()
