"""``/api/v1/instances``: the instances that run (contract §9)."""

import msgspec
from msgspec import Struct

from state.domain.jsontext import encode
from state.operations.operation import Operation, Result
from state.operations.shapes import Count, Rate, Seconds, Time
from state.protocol.call import Answer, Call
from state.service import deployment
from state.service.guard import ask_database


class ScalingDecision(Struct, kw_only=True):
    """A change of the number of workers, and what it was decided from."""

    at: Time
    from_: Count = msgspec.field(name="from")
    to: Count
    utilization: Rate
    reason: str


class Instance(Struct, rename="camel", kw_only=True):
    """One ``manage.py serve``, however many workers it runs."""

    instance: str
    started_at: Time
    workers: Count
    version: str | None
    lag_seconds: Seconds | None
    utilization: Rate
    memory_bytes: Count
    scaling: list[ScalingDecision]


class Instances(Struct, kw_only=True):
    items: list[Instance]


async def _list(call: Call) -> Answer:
    items = await ask_database(deployment.list_instances)
    return Answer(200, encode({"items": items}))


OPERATIONS = [
    Operation(
        name="listInstances",
        method="GET",
        path="/api/v1/instances",
        run=_list,
        tag="Deployment",
        summary="The instances that run",
        description="`lagSeconds`: for how long the slowest worker may not have heard of a change. "
        "`utilization` is the workers' mean; `scaling` has the last decisions.",
        results={200: Result("This instance, and those heard of in the last 2 s.", Instances)},
    ),
]
