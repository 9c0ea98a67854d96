"""Writes states whose numbers JSON spells in many ways, in one transaction, and reads them back.

Against the database of the environment; run by test_columns.
"""

import itertools
from typing import Any

import django

django.setup()

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from state.domain.commands import Command, Put, Submission, Written  # noqa: E402
from state.domain.jsontext import decode, encode  # noqa: E402
from state.domain.judge import Rules  # noqa: E402
from state.domain.kinds import Kind  # noqa: E402
from state.domain.shapes import content_of  # noqa: E402
from state.store.engine import apply  # noqa: E402
from state.store.fetch import fetch_states  # noqa: E402

SCORE = st.one_of(st.sampled_from([0, 1, 0.0, 1.0]), st.floats(0, 1))
COUNT = st.integers(0, 2**53)
NUMBER = st.one_of(COUNT, st.floats(allow_nan=False, allow_infinity=False))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
BODIES: dict[Kind, Any] = {
    Kind.AGENT: st.fixed_dictionaries(
        {"agentType": TEXT.filter(bool), "status": st.sampled_from(["Ready", "Paused"])},
        optional={"performanceMetrics": st.dictionaries(TEXT, NUMBER, max_size=3)},
    ),
    Kind.RESEARCH: st.fixed_dictionaries(
        {"query": TEXT.filter(bool)},
        optional={"currentQualityScore": SCORE, "iterationCount": COUNT},
    ),
    Kind.VERIFICATION: st.fixed_dictionaries(
        {"sourceId": st.just("source"), "content": TEXT},
        optional={"confidenceScore": SCORE, "isVerified": st.just(False)},
    ),
}
numbers = itertools.count()


@settings(max_examples=60, deadline=None, database=None)
@given(st.fixed_dictionaries({kind: st.lists(body, max_size=6) for kind, body in BODIES.items()}))
def written_is_read(bodies: dict[Kind, list[Any]]) -> None:
    commands = []
    for kind, given_bodies in bodies.items():
        for body in given_bodies:
            state_id = f"s{next(numbers)}"
            content = content_of(kind, state_id, decode(encode(body)))
            commands.append(Command(kind, state_id, Put(content)))
    receipts = apply([Submission([command]) for command in commands], Rules())
    for command, receipt in zip(commands, receipts, strict=True):
        assert isinstance(receipt.outcomes[0], Written), receipt
        assert isinstance(command.action, Put)
        body = fetch_states(command.kind, [command.state_id])[command.state_id].body
        assert body is not None
        stored = decode(body)
        for name, value in command.action.content.items():
            assert stored[name] == value, name


written_is_read()
