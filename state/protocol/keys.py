"""API keys over HTTP: what is asked, and how the answer looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta, Struct

from state.access.principals import ROLES
from state.domain import jsontext
from state.domain.errors import BadPage
from state.domain.queries import parse_limit, read_token, write_token
from state.domain.times import format_time, parse_time
from state.models import ApiKey
from state.protocol.call import Answer, Call
from state.protocol.headers import REASON_LIMIT
from state.protocol.shapes import converted
from state.service import keys
from state.service.keys import KeyWish, Place

_LIST = "keys"


class KeyRequest(Struct, rename="camel", forbid_unknown_fields=True):
    """``POST /api/v1/keys``."""

    name: str
    role: Literal[ROLES]  # type: ignore[valid-type]
    agent_id: str | None = None
    expires_in_days: int | None = None


class Revocation(Struct, forbid_unknown_fields=True):
    """``POST /api/v1/keys/{id}/revoke``."""

    reason: Annotated[str, Meta(max_length=REASON_LIMIT)] = ""


@dataclass(frozen=True, slots=True)
class KeyQuery:
    """A page of the list of keys."""

    limit: int
    after: Place | None = None

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> "KeyQuery":
        """Raises BadFilter or BadPage."""
        page = parameters.get("page")
        return cls(parse_limit(parameters.get("limit")), _place(page) if page else None)


def read_wish(call: Call) -> KeyWish:
    """The key that is wanted; raises the refusals up to 422."""
    body, _ = jsontext.read(call.body)
    asked = converted(body, KeyRequest)
    return KeyWish(asked.name, asked.role, asked.agent_id or "", asked.expires_in_days)


def read_reason(call: Call) -> str:
    """Why a key is revoked; raises the refusals up to 422."""
    body, _ = jsontext.read(call.body)
    return converted(body, Revocation).reason


def render_page(found: Sequence[ApiKey], limit: int) -> Answer:
    """A page of keys; ``found`` holds one more than the page when there are more."""
    items = [keys.as_dict(key) for key in found[:limit]]
    return Answer(200, jsontext.encode({"items": items, "next": next_page(found, limit)}))


def next_page(found: Sequence[ApiKey], limit: int) -> str | None:
    """The token of the page behind the first ``limit`` of these; None when there is none."""
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return write_token([_LIST, format_time(last.created), last.prefix])


def _place(page: str) -> Place:
    told = read_token(page)
    if len(told) != 3 or told[0] != _LIST:
        raise BadPage()
    try:
        return parse_time(told[1]), told[2]
    except ValueError as error:
        raise BadPage() from error
