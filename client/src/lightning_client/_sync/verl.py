# Made from lightning_client/_async/verl.py by client/tools/make_sync.py; edit that.
"""The verification and reasoning layer: does a result hold, do statements agree."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lightning_client._sync.session import Session
from lightning_client.answers import (
    Confidence,
    Consistency,
    FactsVerdict,
    ReasoningVerdict,
    Verdict,
)
from lightning_client.core.calls import verl
from lightning_client.states import Fact


class VerlCalls(Session):
    """The five calls of contract §7. At most 1,000 items and 1 MiB of text a call."""

    def verify(
        self, task_id: str, result: str, *, verified_at: datetime | None = None
    ) -> Verdict:
        """Judge a result; nothing is changed. An empty one is never valid."""
        return self._carry_out(verl.verify(task_id, result, verified_at))

    def validate_reasoning(self, steps: Iterable[Mapping[str, Any]]) -> ReasoningVerdict:
        """Judge a chain of steps ``{"stepNumber", "description", "logic", "conclusions",
        "confidence"}``; a gap, or a step without logic or conclusions, is an error."""
        return self._carry_out(verl.validate_reasoning(steps))

    def evaluate_confidence(self, content: str, context: str = "") -> Confidence:
        """How much a content can be trusted, and which of its words say so.

        Args:
            context: ``agent_state``, ``research_state`` or ``verification_state`` when the
                content is such a state as JSON.
        """
        return self._carry_out(verl.evaluate_confidence(content, context))

    def verify_facts(
        self, facts: Sequence[str | Fact | Mapping[str, Any]], source: str
    ) -> FactsVerdict:
        """Whether a source supports each of the facts, refutes it, or does not say.

        Args:
            source: text, or the id of a research whose facts and sources are meant.

        Returns:
            One verdict a fact, in order, with the passage that decided.
        """
        return self._carry_out(verl.verify_facts(facts, source))

    def check_consistency(self, statements: Iterable[str]) -> Consistency:
        """Whether statements contradict each other, and which."""
        return self._carry_out(verl.check_consistency(statements))
