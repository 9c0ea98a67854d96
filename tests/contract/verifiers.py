"""Content verifiers that a server under test is told to ask (LIGHTNING_CONTENT_VERIFIERS)."""

from typing import Any

from state.domain.errors import VerifierUnavailable
from state.domain.kinds import Kind
from state.domain.verdict import Verdict

Document = dict[str, Any]
STEERED_BY = {Kind.AGENT: "properties", Kind.RESEARCH: "metadata"}


class Obedient:
    """Says what the state tells it to: confidence, an issue, that it cannot judge; or breaks."""

    name = "obedient"

    def verify(self, kind: Kind, old: Document | None, new: Document) -> Verdict:
        orders = new.get(STEERED_BY.get(kind, ""), {})
        if orders.get("unreachable"):
            raise VerifierUnavailable()
        if orders.get("broken"):
            raise ConnectionError("a language model at 10.0.0.1 refused the connection")
        issue = orders.get("issue")
        return Verdict(issue is None, orders.get("confidence", 1.0), (issue,) if issue else ())
