"""Contract §8: two signals at once, and the one that ends the server counts."""

import signal

import pytest

from tests.rig.ports import accepts_connections
from tests.rig.server import FreshServer
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.one_place, pytest.mark.usefixtures("real_starts")]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    "numbers", [(signal.SIGHUP, signal.SIGTERM), (signal.SIGTERM, signal.SIGHUP)]
)
def test_a_restart_that_is_asked_for_too_does_not_survive_sigterm(
    fresh_server: FreshServer, workers: str, numbers: tuple[signal.Signals, ...]
) -> None:
    server = fresh_server(LIGHTNING_MIN_INSTANCES=workers)
    for number in numbers:
        server.process.send(number)
    wait_for(lambda: not server.process.is_running, what="the end of the server")
    wait_for(lambda: not accepts_connections(server.port), what="a free port")
