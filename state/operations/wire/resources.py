"""``/api/resources``: what clients share, key by key."""

from typing import Any

from state.domain import jsontext
from state.domain.errors import Invalid
from state.domain.jsontext import encode
from state.domain.tolerant import known_members, members_of
from state.operations.operation import Body, Operation, Result
from state.operations.parsing import parsed
from state.operations.wire.shapes import TAG, Resources, ResourcesAdded
from state.protocol.call import Answer, Call
from state.protocol.wire.tasks import result_text
from state.service import tasking
from state.service.guard import ask_database

_KEY_LIMIT = 300


def _read(call: Call) -> tuple[dict[str, str], str]:
    """The values by key, nulls left out, and their namespace; raises Malformed or Invalid."""
    names = ("resources", "namespace_name", "namespaceName")
    given = known_members(jsontext.parse(call.body), names, "")
    values: dict[str, Any] = members_of(given.get("resources"), "resources")
    namespace = given.get("namespace_name") or given.get("namespaceName") or ""
    if not isinstance(namespace, str) or len(namespace) > _KEY_LIMIT:
        raise Invalid.field("namespace_name", f"must be a text of at most {_KEY_LIMIT} characters")
    for key in values:
        if not 0 < len(key) <= _KEY_LIMIT:
            raise Invalid.field("resources", f"a key has 1 to {_KEY_LIMIT} characters")
    return {key: result_text(value) or "" for key, value in values.items()}, namespace


async def _add(call: Call) -> Answer:
    values, namespace = await parsed(_read, call)
    return Answer(200, encode(await ask_database(tasking.add_resources, values, namespace)))


async def _latest(call: Call) -> Answer:
    return Answer(200, encode(await ask_database(tasking.latest_resources)))


OPERATIONS = [
    Operation(
        name="addResources",
        method="POST",
        path="/api/resources/add",
        run=_add,
        tag=TAG,
        summary="Share values with the other clients",
        description="They take the place of earlier ones of the same keys; other keys stay.",
        role="agent",
        body=Body(ResourcesAdded),
        results={200: Result("Everything there is now.", Resources)},
    ),
    Operation(
        name="latestResources",
        method="GET",
        path="/api/resources/latest",
        run=_latest,
        tag=TAG,
        summary="What clients share",
        results={200: Result("Each key with the value that was added last.", Resources)},
    ),
]
