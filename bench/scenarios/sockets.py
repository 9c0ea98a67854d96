"""Two hundred open dashboards while a thousand states change every second."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.cpu import cpu_seconds, resident_megabytes
from bench.figures import Row, at_most, figure
from bench.rounds import Effort
from bench.scenarios.doors import fast_door
from bench.stand import Door, Stand
from bench.states import AGENTS, agent_id

SOCKETS = 200
CHANGES_A_SECOND = 1000
BATCH = 100
ROWS_A_PAGE = 50
SECONDS_FACTOR = 2  # a socket's memory shows only after a while


@dataclass
class Watching:
    """What the pages saw: how long after its write was sent each version came."""

    sent_at: dict[tuple[str, int], float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """Change → frame, the processor that pushing takes, and whether memory stays."""
    door = fast_door(stand)
    p95, cores, grown = [], [], []
    with stand.only(door):
        for _ in range(effort.rounds):
            quiet, _ = asyncio.run(_round(door, 0, effort.seconds * SECONDS_FACTOR))
            memory = resident_megabytes(door.pid)
            busy, seen = asyncio.run(_round(door, SOCKETS, effort.seconds * SECONDS_FACTOR))
            grown.append(resident_megabytes(door.pid) / memory)
            cores.append(busy - quiet)
            latencies = sorted(seen.latencies)
            p95.append(latencies[int(len(latencies) * 0.95)] * 1000)
    name = f"{SOCKETS} dashboards, {CHANGES_A_SECOND:,} changes/s"
    yield Row(f"{name}: change → frame, p95", figure(p95, "ms"), target=at_most(250))
    yield Row(f"{name}: processor of the push", figure(cores, "cores"), target=at_most(1))
    yield Row(f"{name}: memory after, of before", figure(grown, "×"))


async def _round(door: Door, sockets: int, seconds: float) -> tuple[float, Watching]:
    """Cores used while the states change, and what so many pages saw."""
    watching = Watching()
    headers = {"Authorization": f"Bearer {door.key('viewer')}"}
    url = door.server.websocket_url + "/ws/dashboard"
    async with httpx.AsyncClient(
        base_url=door.url, headers={"Authorization": f"Bearer {door.key('agent')}"}, timeout=30
    ) as client:
        cursor = (await client.get("/api/v1/summary")).json()["cursor"]
        pages = [await connect(url, additional_headers=headers) for _ in range(sockets)]
        readers = [
            asyncio.create_task(_read(page, number, cursor, watching))
            for number, page in enumerate(pages)
        ]
        await asyncio.sleep(1)
        before, started = cpu_seconds(door.pid), time.monotonic()
        await _change(client, seconds, watching)
        cores = (cpu_seconds(door.pid) - before) / (time.monotonic() - started)
        await asyncio.sleep(1)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*(page.close() for page in pages))
    return cores, watching


async def _change(client: httpx.AsyncClient, seconds: float, watching: Watching) -> None:
    """Batches at a fixed rate, whether the last one has been answered or not."""
    started = time.monotonic()
    numbers = itertools.cycle(range(1, AGENTS + 1))
    answers = []
    for turn in range(int(seconds * CHANGES_A_SECOND / BATCH)):
        await asyncio.sleep(max(0, started + turn * BATCH / CHANGES_A_SECOND - time.monotonic()))
        ids = [agent_id(next(numbers)) for _ in range(BATCH)]
        answers.append(asyncio.create_task(_write(client, ids, turn, watching)))
    await asyncio.gather(*answers)


async def _write(client: httpx.AsyncClient, ids: list[str], turn: int, watching: Watching) -> None:
    items = [{"id": one, "patch": {"performanceMetrics": {"step": turn}}} for one in ids]
    sent_at = time.monotonic()
    answer = await client.post(
        "/api/v1/agents/batch-set",
        content=json.dumps({"items": items}),
        headers={"Content-Type": "application/json"},
    )
    for result in answer.json()["results"]:
        watching.sent_at[result["id"], result["version"]] = sent_at


async def _read(page: ClientConnection, number: int, cursor: str, watching: Watching) -> None:
    first = number * ROWS_A_PAGE % AGENTS
    rows = [agent_id(first + row + 1) for row in range(ROWS_A_PAGE)]
    await page.send(
        json.dumps(
            {
                "type": "watch",
                "cursor": cursor,
                "kinds": ["agent"],
                "rows": {"agent": rows},
                "activity": number % 4 == 0,
            }
        )
    )
    with suppress(ConnectionClosed):
        async for text in page:
            now = time.monotonic()
            frame = msgspec.json.decode(text)
            if frame["type"] != "frame":
                continue
            await page.send(f'{{"type":"ack","seq":{frame["seq"]}}}')
            for row in frame.get("rows", ()):
                sent_at = watching.sent_at.get((row["id"], row["version"]))
                if sent_at is not None:
                    watching.latencies.append(now - sent_at)
