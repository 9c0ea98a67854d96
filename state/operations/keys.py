"""``/api/v1/keys``: who may come in, and with what role (contract §10)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from state.access.principals import ROLES
from state.domain.errors import Forbidden
from state.domain.jsontext import encode
from state.operations.operation import KIB, Body, Operation, Result
from state.operations.parameters import PAGE, limit
from state.operations.shapes import PageToken, Time
from state.protocol import keys as protocol
from state.protocol.call import Answer, Call
from state.service import keys
from state.service.guard import ask_database

TAG = "Keys"
_ROLE = "admin"
_BODY_LIMIT = 16 * KIB


class Key(Struct, rename="camel", kw_only=True):
    """An API key; `id` is how its text begins, and no secret."""

    id: str
    name: str
    role: Literal[ROLES]  # type: ignore[valid-type]
    agent_id: Annotated[str | None, Meta(description="The only agent it may write.")]
    created_at: Time
    expires_at: Time | None
    last_used_at: Annotated[Time | None, Meta(description="Known to within a minute.")]
    revoked: bool
    revoked_at: Time | None
    revoked_by: str | None
    revoked_reason: str | None


class MadeKey(Key, rename="camel", kw_only=True):
    key: Annotated[str, Meta(description="Its text, in this answer and nowhere else.")]


class KeyPage(Struct, kw_only=True):
    items: list[Key]
    next: PageToken


async def _list(call: Call) -> Answer:
    query = protocol.KeyQuery.parse(call.query)
    found = await ask_database(keys.list_keys, query.limit + 1, query.after)
    return protocol.render_page(found, query.limit)


async def _not_bound(call: Call) -> None:
    """Raises Forbidden for a key that is bound to an agent: another one might not be."""
    if call.principal.agent_id:
        raise Forbidden("A key that is bound to an agent makes and revokes no keys.")


async def _make(call: Call) -> Answer:
    made = await ask_database(keys.make_key, protocol.read_wish(call), call.principal.name)
    return Answer(201, encode(made))


async def _revoke(call: Call) -> Answer:
    reason = protocol.read_reason(call)
    revoked = await ask_database(keys.revoke_key, call.id, call.principal.name, reason)
    return Answer(200, encode(revoked))


OPERATIONS = [
    Operation(
        name="listKeys",
        method="GET",
        path="/api/v1/keys",
        run=_list,
        tag=TAG,
        summary="API keys, newest first",
        description="Those that have expired or were revoked, too; never their texts.",
        role=_ROLE,
        results={200: Result("A page.", KeyPage)},
        query=(limit(of="Keys"), PAGE),
    ),
    Operation(
        name="makeKey",
        method="POST",
        path="/api/v1/keys",
        run=_make,
        tag=TAG,
        summary="Make an API key",
        description="`key` is shown once: it is stored hashed. `name` is the actor in the change "
        "log; with `agentId` the key writes that agent's state and no other agent's; without "
        "`expiresInDays` it does not expire.",
        role=_ROLE,
        permit=_not_bound,
        body=Body(protocol.KeyRequest, _BODY_LIMIT),
        results={201: Result("The key.", MadeKey)},
    ),
    Operation(
        name="revokeKey",
        method="POST",
        path="/api/v1/keys/{id}/revoke",
        run=_revoke,
        tag=TAG,
        summary="Revoke an API key",
        description="In force everywhere within 5 s, on open sockets too; it cannot be taken "
        "back. Of a key that is revoked already the first revocation stays.",
        role=_ROLE,
        permit=_not_bound,
        body=Body(protocol.Revocation, _BODY_LIMIT),
        results={200: Result("The key.", Key)},
        refusals=(404,),
    ),
]
