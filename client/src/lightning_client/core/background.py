"""Flows that run beside the caller's work: heartbeats, and the watch that keeps the cache right."""

import logging
from collections.abc import Sequence

from lightning_client.answers import Change
from lightning_client.core.cache import LocalCache
from lightning_client.core.calls import states
from lightning_client.core.effects import Effect, Emit, Flow, Pause
from lightning_client.core.exchange import Exchange
from lightning_client.core.watching import Watched, WatchIsUp, follow
from lightning_client.errors import LightningError

logger = logging.getLogger("lightning_client")

# How long a connection that died without a word goes unnoticed is how old a cached read can be.
_PING_SECONDS = 2.0
_REFUSED_PAUSE_SECONDS = 30.0


def beat(exchange: Exchange, agent_ids: Sequence[str], every_seconds: float) -> Flow[None]:
    """Say again and again that these agents are alive; one beat missed is no reason to stop."""
    while True:
        try:
            yield from exchange.carry_out(states.beat(agent_ids))
        except LightningError as error:
            logger.warning("A heartbeat of %s failed: %s", ", ".join(agent_ids), error)
        yield Pause(every_seconds)


def keep_right(exchange: Exchange, cache: LocalCache) -> Flow[None]:
    """Drop from the cache what changes; while the watch is down it holds nothing."""
    wanted = Watched(ping_seconds=_PING_SECONDS, resume=False)
    try:
        while True:
            try:
                yield from _apply(follow(exchange, wanted), cache)
            except LightningError as error:
                logger.warning("The cache is off, its watch was refused: %s", error)
            cache.watch_is_down()
            yield Pause(_REFUSED_PAUSE_SECONDS)
    finally:
        cache.watch_is_down()


def _apply(flow: Flow[None], cache: LocalCache) -> Flow[None]:
    """Run a watch, its signals going to the cache."""
    result: object = None
    thrown: BaseException | None = None
    while True:
        try:
            effect: Effect = flow.throw(thrown) if thrown is not None else flow.send(result)
        except StopIteration:
            return
        result = thrown = None
        if isinstance(effect, Emit):
            signal = effect.value
            if isinstance(signal, Change):
                cache.saw((signal.kind, signal.id), signal.version)
            elif isinstance(signal, WatchIsUp):
                cache.watch_is_up()
            else:
                cache.watch_is_down()
            continue
        try:
            result = yield effect
        except BaseException as error:
            thrown = error
