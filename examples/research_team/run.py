"""One research run, as Lightning State keeps it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lightning_client import Fact as FactState
from lightning_client import Lightning, ResearchState, ResearchStatus, VerificationState

from .checking import Check
from .facts import Fact
from .quality import Quality


def new_run_id() -> str:
    """Sorts by time, and two teams that start in the same second do not meet."""
    return f"run-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True)
class Run:
    """A run's state, and what the team's members write there."""

    lightning: Lightning
    research_id: str
    question: str

    def open(self, **metadata: object) -> None:
        research = ResearchState(query=self.question, status="Pending", metadata=metadata)
        self.lightning.set("research", self.research_id, research)

    def move_to(self, status: ResearchStatus) -> None:
        self.lightning.patch("research", self.research_id, {"status": status})

    def report_progress(self, iteration: int, quality: Quality, queries: Sequence[str]) -> None:
        self.lightning.update_research_progress(
            self.research_id, iteration_count=iteration, quality_score=quality.score
        )
        views = {
            "coverage": round(quality.coverage, 3),
            "diversity": round(quality.diversity, 3),
            "agreement": round(quality.agreement, 3),
            "queries": list(queries),
        }
        self.lightning.patch("research", self.research_id, {"metadata": views})

    def add_facts(self, facts: Sequence[Fact]) -> None:
        """Append facts, and the sources they come from.

        The researchers do this at the same time. Appending facts is atomic on the server; the
        list of sources is read, extended and compared, again when another was faster.
        """
        if not facts:
            return
        self.lightning.add_facts(self.research_id, [self._state_of(fact) for fact in facts])
        found = {fact.source for fact in facts}

        def add_sources(state: ResearchState) -> None:
            state.sources = sorted({*state.sources, *found})

        self.lightning.update("research", self.research_id, add_sources, facts=False)

    def record_check(self, number: str, fact: Fact, check: Check, checked_by: str) -> None:
        """A verification of its own, and the fact marked with its verdict."""
        self.record_verification(number, fact.content, check, checked_by)
        marked = self._state_of(fact)
        marked.confidence_score = check.confidence
        marked.is_verified = check.is_verified
        marked.verification_status = "Verified" if check.is_verified else "Disputed"
        self.lightning.add_facts(self.research_id, [marked])

    def record_verification(self, number: str, content: str, check: Check, by: str) -> None:
        verification = VerificationState(
            source_id=self.research_id,
            content=content,
            confidence_score=check.confidence,
            is_verified=check.is_verified,
            issues=list(check.issues),
            verified_by=by,
        )
        self.lightning.set("verification", f"{self.research_id}:{number}", verification)

    def complete(self, answer: str, metadata: Mapping[str, object]) -> None:
        done = {"status": "Completed", "metadata": {"answer": answer, **metadata}}
        self.lightning.patch("research", self.research_id, done)

    def fail(self, reason: str) -> None:
        failed = {"status": "Failed", "metadata": {"error": reason}}
        self.lightning.patch("research", self.research_id, failed, reason=reason[:500])

    def _state_of(self, fact: Fact) -> FactState:
        return FactState(
            id=fact.id_in(self.research_id),
            content=fact.content,
            source=fact.source,
            confidence_score=fact.relevance,
        )
