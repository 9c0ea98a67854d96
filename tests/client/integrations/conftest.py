"""What the integrations' tests share.

The libraries are too heavy for the development install (CrewAI and Agent Lightning take a
gigabyte each) and openai-agents needs an older websockets than the tests: `make test-integrations`
installs them into an environment of their own. Without it these tests are skipped.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from lightning_client import Lightning

from tests.rig.waiting import wait_for

PauseIt = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def pauses(lightning: Lightning) -> PauseIt:
    """Starts something whose agent is Paused: it has to stand still until it is resumed."""

    def check(agent_id: str, run: Callable[[], object]) -> None:
        lightning.update_agent_status(agent_id, "Paused")
        with ThreadPoolExecutor(1) as pool:
            running: Future[object] = pool.submit(run)
            try:
                before = lightning.get("agent", agent_id, last_seen=True)
                wait_for(
                    lambda: (
                        lightning.get("agent", agent_id, last_seen=True).last_seen
                        != before.last_seen
                    ),
                    what="a heartbeat while it stands still",
                )
                assert not running.done()
                assert lightning.get("agent", agent_id).status == "Paused"
            finally:
                lightning.update_agent_status(agent_id, "Ready")
            running.result(timeout=60)

    return check
