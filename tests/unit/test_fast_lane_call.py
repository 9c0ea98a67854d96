"""The fast lane fills a call's fields by hand: none may be forgotten."""

from dataclasses import fields

from state.doors.fast.lane import AsgiCall
from state.protocol.call import Call


async def _nothing() -> dict[str, str]:
    return {}


def test_a_call_of_the_fast_lane_has_every_field_of_a_call() -> None:
    scope = {"type": "http", "method": "GET", "path": "/api/v1/summary", "query_string": b""}
    call = AsgiCall(scope, _nothing, {}, "", "key")
    missing = [one.name for one in fields(Call) if not hasattr(call, one.name)]
    assert not missing
