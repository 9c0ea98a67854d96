"""A copy of the fleet as a watcher keeps it: a snapshot, and the events since."""

import json
from typing import Any

import httpx

ID_FIELDS = {"agent": "agentId", "research": "researchId", "verification": "verificationId"}
# Every change sets it and no event tells it; see contract §5.
NOT_TOLD = "lastUpdated"
FACTS = "extractedFacts"
State = dict[str, Any]


class Fleet:
    """States by kind and id; facts by their ids, since an event tells only those that changed."""

    def __init__(self, cursor: str, states: dict[tuple[str, str], State]) -> None:
        self.cursor = cursor
        self.states = states
        self.events_applied = 0

    @classmethod
    def snapshot(cls, client: httpx.Client, at: str | None = None) -> "Fleet":
        """The fleet at a place, or now."""
        answer = client.get("/api/v1/snapshot", params={"at": at} if at else {})
        assert answer.status_code == 200, answer.text
        header, *lines, trailer = (json.loads(line) for line in answer.text.splitlines())
        assert trailer == {"type": "trailer", "count": len(lines)}
        states = {}
        for line in lines:
            state = _comparable(line["state"])
            states[line["kind"], state[ID_FIELDS[line["kind"]]]] = state
        return cls(header["cursor"], states)

    def apply(self, event: dict[str, Any]) -> None:
        """Takes one change over; the next version of its state, or nothing was missed or twice."""
        place = (event["kind"], event["id"])
        self.events_applied += 1
        self.cursor = event["cursor"]
        if event["changeType"] == "Deleted":
            gone = self.states.pop(place)
            assert gone["version"] + 1 == event["version"]
            return
        old, new = dict(event["oldValues"]), dict(event["newValues"])
        state = self.states.get(place)
        if state is None:
            assert not old, f"the state of {event} was not known"
            state = {FACTS: {}} if event["kind"] == "research" else {}
        else:
            assert state["version"] + 1 == event["version"], event
        facts = {**state.get(FACTS, {})}
        for fact in old.pop(FACTS, []):
            del facts[fact["id"]]
        facts |= {fact["id"]: fact for fact in new.pop(FACTS, [])}
        kept = {name: value for name, value in state.items() if name not in old}
        self.states[place] = {**kept, **new, "version": event["version"]}
        if event["kind"] == "research":
            self.states[place][FACTS] = facts


def _comparable(state: State) -> State:
    told = {name: value for name, value in state.items() if name != NOT_TOLD}
    if FACTS in told:
        told[FACTS] = {fact["id"]: fact for fact in told[FACTS]}
    return told
