"""The frame around every call: the order of refusals, what they become, what is put around."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from state.access import watch
from state.access.principals import Principal
from state.domain.errors import NotFound, Unauthenticated
from state.domain.jsontext import decode
from state.operations.frame import Frame
from state.operations.leaving import ends_with_its_caller
from state.operations.operation import Body, Operation, Parameter, Run
from state.protocol.call import Answer, Call, CallerGone

AGENT = Principal("an agent", "agent")
DONE = Answer(200, b"{}")


@dataclass(slots=True)
class Asked(Call):
    """A call whose caller is known only when the frame asks, and may leave."""

    caller: Principal | None = AGENT
    leaves: asyncio.Event | None = None

    async def authenticate(self) -> Principal:
        if self.caller is None:
            raise Unauthenticated()
        return self.caller

    async def gone(self) -> None:
        await (self.leaves or asyncio.Event()).wait()


async def forbid_the_id_other(call: Call) -> None:
    if call.id == "other":
        call.principal.require("admin")


def operation(run: Run, *, waits: bool = False) -> Operation:
    return Operation(
        name="test",
        method="PUT",
        path="/api/v1/tests/{id}",
        run=run,
        tag="",
        summary="",
        results={},
        role="agent",
        permit=forbid_the_id_other,
        body=Body(dict, limit_bytes=10, limit_values=3),
        query=(Parameter("known", ""), Parameter("free", "", may_be_empty=True)),
        waits=waits,
    )


async def succeed(call: Call) -> Answer:
    return DONE


async def answered(run: Run, call: Call) -> Answer:
    one = operation(run)
    return await Frame([one]).answer(one, call)


def wrong_in_every_way() -> Asked:
    """A call that is refused at each of the frame's steps."""
    return Asked(
        "PUT",
        "/",
        headers={"content-type": "text/plain"},
        query_string=b"unknown=1",
        body=b"x" * 11,
        id="other",
        caller=None,
    )


async def test_refusals_come_in_the_contracts_order() -> None:
    call, codes = wrong_in_every_way(), []
    mends: list[Callable[[], None]] = [
        lambda: setattr(call, "caller", Principal("a viewer", "viewer")),
        lambda: setattr(call, "caller", AGENT),
        lambda: setattr(call, "id", "mine"),
        lambda: setattr(call, "headers", {"content-type": "application/json"}),
        lambda: setattr(call, "body", b"{}"),
        lambda: setattr(call, "query_string", b"known=1"),
    ]
    for mend in mends:
        problem = decode((await answered(succeed, call)).body)
        codes.append((problem["code"], problem["detail"].partition(";")[0]))
        mend()
    assert [code for code, _ in codes] == [
        "unauthenticated",
        "forbidden",
        "forbidden",
        "unsupported_media_type",
        "too_large",
        "bad_filter",
    ]
    assert [detail for code, detail in codes if code == "forbidden"] == [
        "This needs the role agent",
        "This needs the role admin",
    ]
    assert await answered(succeed, call) is DONE


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (b"known=1&known=2", "bad_filter"),
        (b"unknown=1", "bad_filter"),
        (b"%75nknown=1", "bad_filter"),
        (b"&".join([b"free="] * 1001), "bad_filter"),
        (b"known=", "malformed"),
    ],
)
async def test_parameters_are_known_given_once_and_not_empty(query: bytes, code: str) -> None:
    call = Asked("PUT", "/", headers={"content-type": "application/json"}, query_string=query)
    answer = await answered(succeed, call)
    assert (answer.status, decode(answer.body)["code"]) == (400, code)


async def test_parameters_reach_the_operation() -> None:
    seen: dict[str, str] = {}

    async def look(call: Call) -> Answer:
        seen.update(call.query)
        return DONE

    json = {"content-type": "application/json"}
    await answered(look, Asked("PUT", "/", headers=json, query_string=b"%6bnown=%C3%A9&free="))
    assert seen == {"known": "é", "free": ""}


@pytest.mark.parametrize(
    ("body", "status"), [(b"[1,2,[],3]", 413), (b'[",,,[",2]', 200), (b"[1, 2, 3]", 200)]
)
async def test_a_body_of_too_many_values_is_413(body: bytes, status: int) -> None:
    json = {"content-type": "application/json"}
    assert (await answered(succeed, Asked("PUT", "/", headers=json, body=body))).status == status


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_an_encoded_body_is_415(encoding: str) -> None:
    headers = {"content-type": "application/json", "content-encoding": encoding}
    assert (await answered(succeed, Asked("PUT", "/", headers=headers))).status == 415


async def test_a_failure_is_logged_once_with_its_traceback_and_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(call: Call) -> Answer:
        raise ZeroDivisionError("secret")

    headers = {"content-type": "application/json"}
    answer = await answered(fail, Asked("PUT", "/p", headers=headers, request_id="r-1"))
    assert answer.status == 500
    assert decode(answer.body)["requestId"] == "r-1"
    assert b"secret" not in answer.body
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert vars(record)["request_id"] == "r-1"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


async def test_what_is_put_around_sees_what_is_in_it() -> None:
    seen = []

    def around(name: str) -> Callable[[Operation, Run], Run]:
        def wrap(_: Operation, run: Run) -> Run:
            async def wrapped(call: Call) -> Answer:
                seen.append(name)
                try:
                    return await run(call)
                except Exception as refusal:
                    seen.append(f"{name} saw {type(refusal).__name__}")
                    raise

            return wrapped

        return wrap

    async def refuse(call: Call) -> Answer:
        raise NotFound()

    one = operation(refuse)
    frame = Frame([one], outside=[around("metrics"), around("tracing")], inside=[around("limiter")])
    json = {"content-type": "application/json"}
    assert (await frame.answer(one, Asked("PUT", "/", headers=json))).status == 404
    assert seen == [
        "metrics",
        "tracing",
        "limiter",
        "limiter saw NotFound",
        "tracing saw NotFound",
        "metrics saw NotFound",
    ]
    seen.clear()
    assert (await frame.answer(one, Asked("PUT", "/", caller=None))).status == 401
    assert "limiter" not in seen
    assert "metrics saw Unauthenticated" in seen


async def test_what_is_known_at_once_is_answered_outside_of_the_limits() -> None:
    seen = []

    def around(_: Operation, run: Run) -> Run:
        async def limited(call: Call) -> Answer:
            seen.append(call.id)
            return await run(call)

        return limited

    one = Operation(
        name="test",
        method="GET",
        path="/api/v1/tests/{id}",
        run=succeed,
        at_once=lambda call: Answer(304) if call.id == "known" else None,
        tag="",
        summary="",
        results={},
    )
    frame = Frame([one], inside=[around])
    assert (await frame.answer(one, Asked("GET", "/", id="known"))).status == 304
    assert (await frame.answer(one, Asked("GET", "/", id="known", caller=None))).status == 401
    assert (await frame.answer(one, Asked("GET", "/", id="other"))).status == 200
    assert seen == ["other"]


async def test_a_call_that_waits_ends_with_its_caller() -> None:
    cleaned_up, begun = [], asyncio.Event()

    async def wait(call: Call) -> Answer:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned_up.append(True)
        return DONE

    one = operation(wait, waits=True)
    frame = Frame([one], inside=[ends_with_its_caller])
    leaves = asyncio.Event()
    call = Asked("PUT", "/", headers={"content-type": "application/json"}, leaves=leaves)
    answering = asyncio.create_task(frame.answer(one, call))
    await begun.wait()
    leaves.set()
    with pytest.raises(CallerGone):
        await asyncio.wait_for(answering, 20)
    assert cleaned_up


async def test_what_was_read_is_not_shown_when_the_credentials_have_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "ended", list)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.01)

    async def wait(call: Call) -> Answer:
        await asyncio.Event().wait()
        return DONE

    one = operation(wait, waits=True)
    caller = Principal("a key", "agent", key_id="k")
    call = Asked("PUT", "/", headers={"content-type": "application/json"}, caller=caller)
    frame = Frame([one], inside=[ends_with_its_caller])
    answer = await asyncio.wait_for(frame.answer(one, call), 20)
    assert answer.status == 401
