"""Jobs over HTTP (contract §13): what is ordered and asked, and how the answer looks."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from state.domain import jsontext
from state.domain.bulk import Bulk
from state.domain.errors import BadFilter, Forbidden, Invalid
from state.domain.kinds import Id, Kind
from state.domain.queries import ListQuery, number_in, parse_limit, write_token
from state.jobs.listing import STATES, JobQuery
from state.jobs.order import Order
from state.protocol.batches import ITEMS_MAX
from state.protocol.call import Answer, Call
from state.protocol.headers import read_reason
from state.protocol.query import parse_query
from state.protocol.shapes import converted

RESULTS = ("done", "refused")
_NAME_MAX = 200
_NOT_FILTERS = frozenset({"ordering", "limit", "page"})


class JobOrder(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """``POST /api/v1/jobs``: either ``ids`` or ``filter``."""

    kind: Literal["agent", "research", "verification"]
    action: Literal["pause", "resume", "fail", "set-status", "delete", "accept", "reject"]
    status: Annotated[str, Meta(description="With `set-status`: which one.")] | UnsetType = UNSET
    ids: Annotated[list[Id], Meta(min_length=1, max_length=ITEMS_MAX)] | UnsetType = UNSET
    filter: (
        Annotated[
            str,
            Meta(
                description="The query string of the kind's list, without ordering, limit and "
                "page: `status=Processing&q=eu`. Empty: all of the kind."
            ),
        ]
        | UnsetType
    ) = UNSET
    name: Annotated[str, Meta(max_length=_NAME_MAX)] = ""
    dry_run: Annotated[bool, Meta(description="Only count.")] = False


def read_order(call: Call) -> tuple[Order, bool]:
    """What is ordered, and whether it is only a trial; raises the refusals of headers and body."""
    reason = read_reason(call)
    body, _ = jsontext.read(call.body)
    given = converted(body, JobOrder)
    kind = Kind(given.kind)
    bulk = Bulk(kind, given.action, "" if given.status is UNSET else given.status)
    bulk.check()
    if (given.ids is UNSET) == (given.filter is UNSET):
        raise Invalid.field("ids", "either ids or filter says which states")
    if given.ids is not UNSET:
        order = Order(bulk, ids=given.ids, name=given.name)
    else:
        assert given.filter is not UNSET
        query = _read_filter(kind, given.filter)
        order = Order(bulk, query=query, filter=given.filter, name=given.name)
    return order.by(call.principal.name, reason), given.dry_run


def _read_filter(kind: Kind, text: str) -> ListQuery:
    """A list's query string, without what is of a page; raises BadFilter."""
    parameters: dict[str, str] = {}
    for name, value in parse_query(text.removeprefix("?").encode()):
        if name in parameters:
            raise BadFilter(f"{name}: given twice.")
        if name in _NOT_FILTERS:
            raise BadFilter(f"{name}: is of a page, and a job is for all that match.")
        parameters[name] = value
    return ListQuery.parse(kind, parameters)


async def may_order(call: Call) -> None:
    """Raises Forbidden for a key that may write one agent only."""
    if call.principal.agent_id:
        raise Forbidden(f"This key is bound to the agent {call.principal.agent_id}.")


def read_query(parameters: Mapping[str, str]) -> JobQuery:
    """The list that is asked for; raises BadFilter or BadPage."""
    state = parameters.get("state") or "all"
    if state not in STATES:
        raise BadFilter(f"state: must be one of {', '.join(STATES)}.")
    query = JobQuery(state, parse_limit(parameters.get("limit")))
    page = parameters.get("page")
    if not page:
        return query
    return JobQuery(query.state, query.limit, number_in(page, ["jobs", query.state]))


def next_page(items: Sequence[Mapping[str, Any]], query: JobQuery) -> str | None:
    """The token of the page behind these items, one of which is its first; None without."""
    if len(items) <= query.limit:
        return None
    return write_token(["jobs", query.state, items[query.limit - 1]["id"]])


def render_page(items: Sequence[Mapping[str, Any]], query: JobQuery) -> Answer:
    """A page of jobs; ``items`` holds one more than the page when there are more."""
    body = {"items": items[: query.limit], "next": next_page(items, query)}
    return Answer(200, jsontext.encode(body))


def read_results_query(job_id: str, parameters: Mapping[str, str]) -> tuple[int, int, str]:
    """Behind which position, how many, and which results; raises BadFilter or BadPage."""
    only = parameters.get("result", "")
    if only not in ("", *RESULTS):
        raise BadFilter(f"result: must be one of {', '.join(RESULTS)}.")
    page = parameters.get("page")
    after = number_in(page, ["results", job_id, only]) if page else -1
    return after, parse_limit(parameters.get("limit")), only


def next_results(
    job_id: str, found: Sequence[tuple[int, Mapping[str, Any]]], limit: int, only: str
) -> str | None:
    """The token of the results behind these, one of which is its first; None without."""
    if len(found) <= limit:
        return None
    return write_token(["results", job_id, only, str(found[limit - 1][0])])
