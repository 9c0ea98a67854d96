"""What is put around every operation: its count and duration, its deadline and its slot."""

import asyncio
from time import perf_counter

from django.conf import settings

from state.access.principals import ROLES, Principal
from state.apo.admission import Admission, current
from state.apo.limiter import Limiter
from state.domain.errors import LightningError
from state.metrics.operations import OK
from state.operations.operation import Operation, Run
from state.protocol.call import Answer, Call, CallerGone
from state.protocol.refusals import refusal_of
from state.service.executing import limiter
from state.service.measuring import tallies

_PRIVILEGED_ROLES = frozenset(role for role in ROLES if Principal("", role).may("operator"))


def measured(operation: Operation, run: Run) -> Run:
    """Counts every call with its result, and how long it took."""
    name, kind, record = operation.name, str(operation.kind or ""), tallies.record
    if operation.waits:
        tallies.waiting.add(name)

    async def measure(call: Call) -> Answer:
        began_at = perf_counter()
        try:
            answer = await run(call)
        except CallerGone:
            raise
        except Exception as error:
            refusal = error if isinstance(error, LightningError) else refusal_of(error)
            record(name, kind, refusal.code if refusal else "internal", perf_counter() - began_at)
            raise
        record(name, kind, OK, perf_counter() - began_at)
        return answer

    return measure


def admitted(operation: Operation, run: Run) -> Run:
    """Gives a call its deadline and its right to a slot; one that waits by nature has neither."""
    if operation.waits or operation.is_never_shed:
        return run
    seconds = settings.LIGHTNING_TASK_TIMEOUT_SECONDS
    slots_of: dict[asyncio.AbstractEventLoop, Limiter] = {}

    async def admit(call: Call) -> Answer:
        loop = asyncio.get_running_loop()
        slots = slots_of.get(loop)
        if slots is None:
            slots_of.clear()
            slots = slots_of[loop] = limiter()
        privileged = call.principal.role in _PRIVILEGED_ROLES
        token = current.set(Admission(slots, seconds, privileged))
        try:
            return await run(call)
        finally:
            current.reset(token)

    return admit
