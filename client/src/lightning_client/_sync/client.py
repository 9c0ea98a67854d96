# Made from lightning_client/_async/client.py by client/tools/make_sync.py; edit that.
"""The client that blocks."""

from lightning_client._sync.batches import ListCalls
from lightning_client._sync.history import HistoryCalls
from lightning_client._sync.locking import LockCalls
from lightning_client._sync.presence import PresenceCalls
from lightning_client._sync.states import StateCalls
from lightning_client._sync.tasks import TaskCalls
from lightning_client._sync.verl import VerlCalls


class Lightning(
    StateCalls,
    ListCalls,
    LockCalls,
    HistoryCalls,
    PresenceCalls,
    VerlCalls,
    TaskCalls,
):
    """Lightning State, for threads.

        with Lightning("http://127.0.0.1:8000", key) as lightning:
            state = lightning.get("agent", "agent-1")

    Args:
        url: the server's, or several: the next one is asked when one is away.
        key: the API key; None where the server lets anonymous callers in.
        strategy: how often a call is retried: HighPerformance 2, Balanced 3, LowResource 5,
            CostOptimized 4 times.
        policy: all of the client's patience; overrides `strategy`.
        cache: keep what was read in memory, kept right by a watch.
        max_connections: of the pool.
    """
