"""The client that awaits."""

from lightning_client._async.batches import AsyncListCalls
from lightning_client._async.history import AsyncHistoryCalls
from lightning_client._async.locking import AsyncLockCalls
from lightning_client._async.presence import AsyncPresenceCalls
from lightning_client._async.states import AsyncStateCalls
from lightning_client._async.tasks import AsyncTaskCalls
from lightning_client._async.verl import AsyncVerlCalls


class AsyncLightning(
    AsyncStateCalls,
    AsyncListCalls,
    AsyncLockCalls,
    AsyncHistoryCalls,
    AsyncPresenceCalls,
    AsyncVerlCalls,
    AsyncTaskCalls,
):
    """Lightning State, awaited, on one event loop.

        async with AsyncLightning("http://127.0.0.1:8000", key) as lightning:
            state = await lightning.get("agent", "agent-1")

    Args:
        url: the server's, or several: the next one is asked when one is away.
        key: the API key; None where the server lets anonymous callers in.
        strategy: how often a call is retried: HighPerformance 2, Balanced 3, LowResource 5,
            CostOptimized 4 times.
        policy: all of the client's patience; overrides `strategy`.
        cache: keep what was read in memory, kept right by a watch.
        max_connections: of the pool.
    """
