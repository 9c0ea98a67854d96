"""Writes on their way: a large body beside the loop, and nothing that undoes a commit."""

import asyncio
import threading

import pytest

from state.access.principals import Principal
from state.domain.commands import Command, Delete, Receipt, Submission, Written
from state.domain.kinds import Kind
from state.operations.parsing import parsed
from state.protocol.call import Call
from state.service import writing

WRITTEN = Written(Kind.AGENT, "a", 7, document=b"{}")


def test_a_cache_that_fails_does_not_fail_the_write(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no locks left")

    receipts = [Receipt([WRITTEN])]
    monkeypatch.setattr(writing, "apply", lambda *_: receipts)
    monkeypatch.setattr(writing.tail, "start", lambda: None)
    monkeypatch.setattr(writing.tiers(), "wrote", fail)
    level_one = writing.tiers().level_one
    level_one.put_if_newer("agent_state:b", 1, b"{}", asked_at=float("inf"))
    assert writing.submit([Submission([Command(Kind.AGENT, "a", Delete())])]) == receipts
    assert level_one.entry_count == 0
    assert "could not follow" in caplog.text


@pytest.mark.parametrize(("size_bytes", "in_the_loop"), [(64 * 1024, True), (65 * 1024, False)])
async def test_a_large_body_is_read_beside_the_loop(size_bytes: int, in_the_loop: bool) -> None:
    call = Call("PUT", "/", Principal("p", "agent"), body=b" " * size_bytes)
    reader = await asyncio.wait_for(parsed(lambda _: threading.get_ident(), call), 20)
    assert (reader == threading.get_ident()) is in_the_loop
