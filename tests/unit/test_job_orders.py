"""What may be ordered of many states at once, and the write that it is for one of them."""

from typing import Any

import pytest

from state.domain.bulk import Bulk, Target
from state.domain.commands import Delete, Precondition, Restore, Revise
from state.domain.errors import IllegalTransition, LightningError
from state.domain.jsontext import encode
from state.domain.kinds import Kind
from state.protocol.call import Call
from state.protocol.jobs import read_order


def ordered(**order: Any) -> Call:
    return Call("POST", "/api/v1/jobs", body=encode({"kind": "agent", **order}))


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"action": "accept", "ids": ["a"]}, "invalid"),
        ({"action": "undo", "ids": ["a"]}, "invalid"),
        ({"action": "set-status", "ids": ["a"]}, "invalid"),
        ({"action": "set-status", "status": "Verifying", "ids": ["a"]}, "invalid"),
        ({"action": "pause", "status": "Ready", "ids": ["a"]}, "invalid"),
        ({"action": "pause"}, "invalid"),
        ({"action": "pause", "ids": ["a"], "filter": ""}, "invalid"),
        ({"action": "pause", "ids": []}, "invalid"),
        ({"action": "pause", "ids": ["not an id"]}, "invalid"),
        ({"action": "pause", "ids": ["a"], "color": "red"}, "invalid"),
        ({"action": "pause", "filter": "color=red"}, "bad_filter"),
        ({"action": "pause", "filter": "status=Ready&status=Paused"}, "bad_filter"),
        ({"action": "pause", "filter": "limit=5"}, "bad_filter"),
        ({"action": "pause", "kind": "verification", "filter": ""}, "invalid"),
    ],
)
def test_it_refuses_another_order(order: dict[str, Any], code: str) -> None:
    with pytest.raises(LightningError) as refused:
        read_order(ordered(**order))
    assert refused.value.code == code


def test_a_filter_is_the_lists_query_string() -> None:
    order, is_trial = read_order(
        ordered(action="pause", filter="?q=a%20b&agentType=R&status=", dryRun=True)
    )
    assert is_trial
    assert order.query is not None
    assert order.query.filters == {"q": "a b", "agentType": "R"}


def test_an_order_has_a_title() -> None:
    assert Bulk(Kind.AGENT, "pause").title(5000) == "Pause 5,000 agents"
    to_ready = Bulk(Kind.AGENT, "set-status", "Ready")
    assert to_ready.title(1) == "Set the status of 1 agent to Ready"


def test_only_what_is_paused_is_resumed() -> None:
    action = Bulk(Kind.AGENT, "resume").command(Target("a"), 0.75).action
    assert isinstance(action, Revise)
    assert action.patch_for({"status": "Paused"}) == {"status": "Ready"}
    with pytest.raises(IllegalTransition):
        action.patch_for({"status": "Processing"})


def test_an_undo_takes_the_version_before_while_nothing_changed_since() -> None:
    bulk = Bulk(Kind.AGENT, "undo")
    changed = bulk.command(Target("a", 7), 0.75)
    assert (changed.action, changed.precondition) == (Restore(6), Precondition(unchanged_since=7))
    made = bulk.command(Target("a", 7, was_absent=True), 0.75)
    assert (made.action, made.precondition) == (Delete(), Precondition(unchanged_since=7))
