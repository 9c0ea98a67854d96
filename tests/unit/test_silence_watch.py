"""§9: silent agents are looked for as often as the shortest limit deserves, not once a second."""

from collections.abc import Sequence

import pytest

from state.alerts import silence
from state.alerts.judge import Breach
from state.alerts.rules import Rule

RULE = Rule("agent_silent", "agent", "silentSeconds", "above", 300, 0, "warning", "{subject}")


@pytest.mark.parametrize(
    ("by_type", "looks"), [({}, 6), ({"Quick": 30.0}, 60)], ids=["300 s", "30 s for a type"]
)
def test_it_looks_thirty_times_in_the_shortest_limit(
    monkeypatch: pytest.MonkeyPatch, by_type: dict[str, float], looks: int
) -> None:
    asked: list[object] = []

    def look(*question: object) -> Sequence[Breach]:
        asked.append(question)
        return [Breach(RULE, f"a{len(asked)}", 301.0, "1")]

    monkeypatch.setattr(silence, "silent_agents", look)
    watch = silence.SilenceWatch(RULE, 300.0, by_type)
    told = [watch.refresh(float(second))[0].subject for second in range(60)]
    assert asked == [(RULE, 300.0, by_type)] * looks
    assert told[-1] == f"a{looks}"
    watch.forget()
    assert watch.refresh(59.0)[0].subject == f"a{looks + 1}"
