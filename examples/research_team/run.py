"""One research run, as Lightning State keeps it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .board import Board, Json
from .checking import Check
from .facts import Fact
from .quality import Quality


def new_run_id() -> str:
    """Sorts by time, and two teams that start in the same second do not meet."""
    return f"run-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True)
class Run:
    """A run's place on the board, and what its members write there."""

    board: Board
    research_id: str
    question: str

    @property
    def path(self) -> str:
        return f"/api/v1/research/{self.research_id}"

    def open(self, **metadata: object) -> None:
        self.board.create(
            self.path, {"query": self.question, "status": "Pending", "metadata": metadata}
        )

    def move_to(self, status: str, reason: str = "") -> None:
        self.board.merge(self.path, {"status": status}, reason)

    def report_progress(self, iteration: int, quality: Quality, queries: Sequence[str]) -> None:
        self.board.merge(
            self.path,
            {
                "iterationCount": iteration,
                "currentQualityScore": quality.score,
                "metadata": {
                    "coverage": round(quality.coverage, 3),
                    "diversity": round(quality.diversity, 3),
                    "agreement": round(quality.agreement, 3),
                    "queries": list(queries),
                },
            },
        )

    def add_facts(self, facts: Sequence[Fact], found_by: str) -> None:
        """Append facts, and the sources they come from.

        The researchers do this at the same time. Appending facts is atomic on the server; the
        list of sources is read, extended and written back, so it needs If-Match.
        """
        if not facts:
            return
        self.board.append_facts(self.research_id, [self._describe(fact) for fact in facts])
        found = {fact.source for fact in facts}
        self.board.update(self.path, lambda state: {"sources": sorted({*state["sources"], *found})})

    def record_check(self, number: str, fact: Fact, check: Check, checked_by: str) -> None:
        """A verification of its own, and the fact marked with its verdict."""
        self.record_verification(number, fact.content, check, checked_by)
        verdict = {
            "confidenceScore": check.confidence,
            "isVerified": check.is_verified,
            "verificationStatus": "Verified" if check.is_verified else "Disputed",
        }
        self.board.append_facts(self.research_id, [{**self._describe(fact), **verdict}])

    def record_verification(self, number: str, content: str, check: Check, by: str) -> None:
        self.board.create(
            f"/api/v1/verifications/{self.research_id}:{number}",
            {
                "sourceId": self.research_id,
                "content": content,
                "confidenceScore": check.confidence,
                "isVerified": check.is_verified,
                "issues": list(check.issues),
                "verifiedBy": by,
            },
        )

    def complete(self, answer: str, metadata: Mapping[str, object]) -> None:
        self.board.merge(
            self.path, {"status": "Completed", "metadata": {"answer": answer, **metadata}}
        )

    def fail(self, reason: str) -> None:
        self.board.merge(self.path, {"status": "Failed", "metadata": {"error": reason}}, reason)

    def _describe(self, fact: Fact) -> Json:
        return {
            "id": fact.id_in(self.research_id),
            "content": fact.content,
            "source": fact.source,
            "confidenceScore": fact.relevance,
            "verificationStatus": "Pending",
        }
