"""Whoever was told of a version reads no older one afterwards, wherever it was told of it."""

from collections.abc import Callable

import pytest

from tests.contract.bodies import READY
from tests.faults.conftest import Armed
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults


@pytest.mark.parametrize(
    "told", ["?version=2", "/history", "/history?before=9", "/diff?from=1&to=2"]
)
def test_a_version_that_was_shown_is_read(
    here: Armed, there: Armed, new_id: Callable[[str], str], told: str
) -> None:
    """The tail stands still, so that nothing but the answer itself tells of the change."""
    path = f"/api/v1/agents/{new_id('agent')}"
    writer, reader = here.client(), there.client()
    writer.put(path, json=READY).raise_for_status()
    wait_for(lambda: reader.get(path).headers["X-Cache"] == "L1", what="a copy in level 1")
    with there.failpoints.paused("tail.read"):
        there.failpoints.wait_until_hit("tail.read")
        writer.patch(path, json={}).raise_for_status()
        assert reader.get(f"{path}{told}").status_code == 200
        assert reader.get(path).json()["version"] == 2
