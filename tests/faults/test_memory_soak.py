"""A filled cache stays under its bytes, and the process under its memory, for long (§8)."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.processes import resident_bytes
from tests.faults.soak import SOAK_SECONDS
from tests.rig.backends import Backends
from tests.rig.server import Server, running

pytestmark = [pytest.mark.faults, pytest.mark.soak]

MIB = 1024 * 1024
CACHE_MIB, MEMORY_MIB = 64, 512
STATE_BYTES = 10_000
KEYS = 20_000
"""Three times what the cache holds."""

FULL_BYTES = 0.9 * CACHE_MIB * MIB
BATCH = 100
LOOK_SECONDS = 1.0


@pytest.mark.timeout(SOAK_SECONDS + 600)
def test_random_keys_for_a_long_time(backends: Backends) -> None:
    backend = backends.fresh("sqlite")
    server = Server(
        backend,
        backend.directory,
        LIGHTNING_CACHE_SIZE_MB=str(CACHE_MIB),
        LIGHTNING_MAX_MEMORY_MB=str(MEMORY_MIB),
    )
    stop, answers, known = threading.Event(), Counter[int](), set[str]()

    def write_and_read(seed: int) -> None:
        dice = random.Random(seed)
        with server.client_as("agent") as client:
            while not stop.is_set():
                ids = {f"a{dice.randrange(KEYS)}" for _ in range(BATCH)}
                text = dice.randbytes(STATE_BYTES // 2).hex()
                state = {"agentType": "A", "status": "Ready", "properties": {"text": text}}
                items = [
                    {"id": one, "state": state} | ({"ifMatch": "*"} if one in known else {})
                    for one in ids
                ]
                answer = client.post("/api/v1/agents/batch-set", json={"items": items})
                answers[answer.status_code] += 1
                known.update(ids)
                for _ in range(BATCH):
                    answer = client.get(f"/api/v1/agents/a{dice.randrange(KEYS)}")
                    answers[answer.status_code] += 1

    fullest = largest = 0
    with running(server), ThreadPoolExecutor(2) as pool:
        viewer = server.client_as("viewer")
        workers = [pool.submit(write_and_read, seed) for seed in range(2)]
        try:
            ends_at = time.monotonic() + SOAK_SECONDS
            # Until it was full at least, where the machine is slow.
            while time.monotonic() < ends_at or fullest < FULL_BYTES:
                level = viewer.get("/api/v1/cache").json()["levels"]["L1"]
                assert level["bytes"] <= level["maxBytes"] <= CACHE_MIB * MIB
                fullest = max(fullest, level["bytes"])
                largest = max(largest, resident_bytes(server.process.pid))
                assert largest <= MEMORY_MIB * MIB
                time.sleep(LOOK_SECONDS)
        finally:
            stop.set()
        for one in workers:
            one.result()
    print(f"level 1 at most {fullest // MIB} MiB, process {largest // MIB} MiB; {dict(answers)}")
    assert set(answers) <= {200, 404}
