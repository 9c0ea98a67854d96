"""Asks the content verifiers about a write before its transaction (contract §7).

Read the base, merge purely, ask: the verdict goes with the command and names the version it is of.
The transaction takes it when the locked row still has that version; else the write goes round
again, a few times.

Everything here runs on an event loop of its own, and what is synchronous in threads of its own: a
verifier that is slow delays its own write, neither the doors' loop nor their threads.
"""

import asyncio
import inspect
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from msgspec.structs import replace

from state.domain.commands import Command, Document, Submission
from state.domain.current import Current
from state.domain.decide import decide
from state.domain.errors import Overloaded, VerifierUnavailable
from state.domain.judge import Rules, content_to_verify
from state.domain.kinds import Kind
from state.domain.verdict import ACCEPTED, Verdict, Verified, Verifier
from state.metrics.exported import exported
from state.runtime.background import BackgroundThread
from state.runtime.threads import Threads
from state.store.bases import read_bases
from state.verl.registry import content_verifiers, rules

logger = logging.getLogger(__name__)

VERIFIED_ROUNDS = 32
_THREADS_A_VERIFIER = 32
_READERS = 2
_TURN_SECONDS = 1.0


def asks_verifiers() -> bool:
    """Whether there are any."""
    return bool(settings.LIGHTNING_CONTENT_VERIFIERS)


def verified_soon(submission: Submission) -> "Future[Submission]":
    """The submission, its commands with the verifiers' verdicts on what they make of their states
    as they are now.
    """
    return _pipeline().verified_soon(submission)


def changes_too_fast() -> Overloaded:
    """The refusal of a write whose state was another one each time that its verdict was there."""
    return Overloaded("The state changes faster than its content can be verified.")


@cache
def _pipeline() -> "Pipeline":
    return Pipeline(content_verifiers(), settings.LIGHTNING_VERIFIER_TIMEOUT_SECONDS)


class Pipeline:
    """The verifiers, their threads and their event loop; ``timeout_seconds`` is each one's."""

    def __init__(self, verifiers: Sequence[Verifier], timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._verifiers = [(one, asyncio.Semaphore(_THREADS_A_VERIFIER)) for one in verifiers]
        self._readers = Threads("verified-base", _READERS)
        self._loop = asyncio.new_event_loop()
        self._thread = BackgroundThread("verifiers", self._turn)
        self._thread.start()

    def _turn(self) -> float:
        """Runs the event loop for a while; a verifier that blocks it makes the thread silent."""
        self._loop.run_until_complete(asyncio.sleep(_TURN_SECONDS))
        return 0.0

    def verified_soon(self, submission: Submission) -> "Future[Submission]":
        return asyncio.run_coroutine_threadsafe(self._verified(submission), self._loop)

    async def _verified(self, submission: Submission) -> Submission:
        bases = await self._readers.run(read_bases, submission.commands)
        policy, now = rules(), datetime.now(UTC)
        commands = [
            self._with_verdict(command, bases, policy, now) for command in submission.commands
        ]
        return replace(submission, commands=await asyncio.gather(*commands))

    async def _with_verdict(
        self,
        command: Command,
        bases: dict[tuple[Kind, str], Current],
        policy: Rules,
        now: datetime,
    ) -> Command:
        base = bases.get((command.kind, command.state_id)) or Current()
        if command.verified is not None and command.verified.base_version == base.version:
            return command
        content = content_to_verify(decide, base, command, policy, now)
        if content is None:
            return command
        verdicts = await asyncio.gather(
            *(self._ask(one, threads, command.kind, *content) for one, threads in self._verifiers)
        )
        whole = ACCEPTED
        for verdict in verdicts:
            whole = whole if verdict is None else whole.and_also(verdict)
        return replace(command, verified=Verified(base.version, whole, None not in verdicts))

    async def _ask(
        self,
        verifier: Verifier,
        threads: asyncio.Semaphore,
        kind: Kind,
        old: Document | None,
        new: Document,
    ) -> Verdict | None:
        """A verifier's verdict, counted; None for whatever keeps it from giving one in time."""
        began_at = time.perf_counter()
        verdict = await self._ask_in_time(verifier, threads, kind, old, new)
        result = "accepted" if verdict is not None and verdict.is_valid else "rejected"
        metrics = exported()
        metrics.verdicts.labels(verifier.name, "unavailable" if verdict is None else result).inc()
        metrics.verification_durations.labels(verifier.name).observe(time.perf_counter() - began_at)
        return verdict

    async def _ask_in_time(
        self,
        verifier: Verifier,
        threads: asyncio.Semaphore,
        kind: Kind,
        old: Document | None,
        new: Document,
    ) -> Verdict | None:
        name = type(verifier).__qualname__
        try:
            async with asyncio.timeout(self._timeout_seconds) as limit:
                if inspect.iscoroutinefunction(verifier.verify):
                    said = await verifier.verify(kind, old, new)
                else:
                    await threads.acquire()
                    said = await self._in_thread(threads, verifier, kind, old, new)
                # and_also: what is no Verdict fails here, and not in the middle of a transaction.
                return ACCEPTED.and_also(said)
        except VerifierUnavailable:
            return None
        except Exception as error:
            if isinstance(error, TimeoutError) and limit.expired():
                logger.warning("The verifier %s did not answer in time.", name)
            else:
                logger.exception("The verifier %s failed.", name)
            return None

    def _in_thread(
        self,
        threads: asyncio.Semaphore,
        verifier: Verifier,
        kind: Kind,
        old: Document | None,
        new: Document,
    ) -> "asyncio.Future[object]":
        """What a synchronous verifier says, in a thread that nobody waits for at the end of the
        process: a verifier may never return.
        """
        answer: asyncio.Future[object] = self._loop.create_future()

        def tell(said: object, failure: Exception | None) -> None:
            threads.release()
            if answer.done():  # too late
                return
            if failure is None:
                answer.set_result(said)
            else:
                answer.set_exception(failure)

        def run() -> None:
            said: object = None
            failure: Exception | None = None
            try:
                said = verifier.verify(kind, old, new)
            except Exception as error:
                failure = error
            self._loop.call_soon_threadsafe(tell, said, failure)

        threading.Thread(target=run, name=f"verifier-{verifier.name}", daemon=True).start()
        return answer
