"""The Deep Research Agent's three workflows on Lightning State: Master, Supervisor, Researcher.

    python examples/workflows.py "What is a lease good for?"

Server and key come from LIGHTNING_URL and LIGHTNING_API_KEY. `research_team/` is the same with
real research; here every line is about state.
"""

import os
import sys
import uuid

from lightning_client import (
    AgentState,
    Fact,
    Lightning,
    ResearchState,
    VerificationState,
    VersionConflict,
)

SOURCES = {
    "leases.md": "A lease is a lock that expires, so that a crashed holder does not block others.",
    "fencing.md": "A fencing token grows with every lease, so that a late writer is refused.",
}


class MasterWorkflow:
    """Takes a question, and answers for the run's state."""

    def __init__(self, lightning: Lightning) -> None:
        self._lightning = lightning
        self._supervisor = SupervisorWorkflow(lightning)

    def execute(self, query: str) -> ResearchState:
        research_id = f"research-{uuid.uuid4()}"

        # Initialise the research state
        research = ResearchState(query=query, status="Pending")
        self._lightning.set("research", research_id, research)

        try:
            # Update the state as progress is made
            research.status = "InProgress"
            self._lightning.set("research", research_id, research)

            quality = self._supervisor.execute(research_id)
            self._lightning.update_research_progress(
                research_id, iteration_count=len(SOURCES), quality_score=quality
            )

            # Mark as completed. The object of above is stale by now: update reads it afresh.
            def complete(state: ResearchState) -> None:
                state.status = "Completed"

            return self._lightning.update("research", research_id, complete)
        except Exception as error:
            self._lightning.patch(
                "research", research_id, {"status": "Failed"}, reason=str(error)[:500]
            )
            raise


class SupervisorWorkflow:
    """Hands out the work, and has every fact verified."""

    def __init__(self, lightning: Lightning) -> None:
        self._lightning = lightning
        self._researchers = [
            ResearcherWorkflow(lightning, f"researcher-{number}", source)
            for number, source in enumerate(SOURCES, start=1)
        ]

    def execute(self, research_id: str) -> float:
        for researcher in self._researchers:
            researcher.execute(research_id)

        # One call for many states
        states = self._lightning.get_many("agent", [one.agent_id for one in self._researchers])
        assert all(state.status == "Ready" for state in states.values())

        facts = list(self._lightning.facts(research_id))
        for fact in facts:
            self._verify(research_id, fact)
        verified = self._lightning.verifications_for(research_id)
        return sum(one.confidence_score for one in verified) / len(verified)

    def _verify(self, research_id: str, fact: Fact) -> None:
        is_said = fact.content in SOURCES[fact.source]
        verification = VerificationState(
            source_id=research_id,
            content=fact.content,
            confidence_score=1.0 if is_said else 0.0,
            is_verified=is_said,
            verified_by="supervisor",
        )
        self._lightning.set("verification", f"{research_id}:{fact.id}", verification)


class ResearcherWorkflow:
    """Reads one source, and reports what it says."""

    def __init__(self, lightning: Lightning, agent_id: str, source: str) -> None:
        self.agent_id = agent_id
        self._lightning = lightning
        self._source = source
        try:
            lightning.set("agent", agent_id, AgentState(agent_type="Researcher", status="Ready"))
        except VersionConflict:
            lightning.update_agent_status(agent_id, "Ready")  # it is there from an earlier run

    def execute(self, research_id: str) -> None:
        # Pessimistic locking: nobody else touches this agent meanwhile
        with self._lightning.lock("agent", self.agent_id, ttl_seconds=30):
            self._lightning.update_agent_status(self.agent_id, "Processing")
            fact = Fact(content=SOURCES[self._source], source=self._source, confidence_score=0.9)
            self._lightning.add_facts(research_id, [fact])

            # Optimistic concurrency: read, change, compare-and-swap, again when it was stale
            def count(state: AgentState) -> None:
                metrics = state.performance_metrics
                metrics["factsFound"] = metrics.get("factsFound", 0) + 1
                state.status = "Ready"

            self._lightning.update("agent", self.agent_id, count)


def main() -> int:
    query = sys.argv[1] if len(sys.argv) > 1 else "What is a lease good for?"
    url = os.environ.get("LIGHTNING_URL", "http://127.0.0.1:8000")
    with Lightning(url, os.environ.get("LIGHTNING_API_KEY")) as lightning:
        done = MasterWorkflow(lightning).execute(query)
    print(
        f"{done.research_id}: {done.status}, {done.fact_count} facts,"
        f" quality {done.current_quality_score:.2f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
