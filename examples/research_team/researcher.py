"""A Researcher: searches the corpus for one query at a time, and checks what others found."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .checking import Check, Verify, check_facts
from .facts import Fact, extract_facts
from .index import Hit, Index
from .member import Member
from .run import Run

PASSAGES = 8
# More facts than anybody reads would drown the good ones; the most relevant come first.
MOST_FACTS = 6


@dataclass(frozen=True)
class Findings:
    """What one search brought: the passages read, and the facts taken from them."""

    hits: Sequence[Hit]
    facts: Sequence[Fact]


class Researcher:
    """Works on a corpus; everything it does shows on its agent's state."""

    def __init__(self, member: Member, index: Index, folder: Path, verify: Verify) -> None:
        self.member = member
        self._verify = verify
        self._index = index
        self._folder = folder

    def search(
        self, run: Run, task_id: str, query: Sequence[str], question: Sequence[str]
    ) -> Findings:
        """Read the best passages for `query` and report the facts about `question` in them."""
        self.member.begin(task_id, researchId=run.research_id, query=self._index.spell(query))
        started = time.monotonic()
        hits = self._index.search(query, PASSAGES)
        facts = extract_facts(hits, question, self._index)[:MOST_FACTS]
        seconds = time.monotonic() - started
        run.add_facts(facts)
        self.member.finish(
            task_id,
            searches=1,
            passagesRead=len(hits),
            factsFound=len(facts),
            searchSeconds=seconds,
        )
        return Findings(hits, facts)

    def check(self, run: Run, task_id: str, numbered: Sequence[tuple[int, Fact]]) -> list[Check]:
        """Compare facts with the files they come from and record every verdict."""
        self.member.begin(task_id, researchId=run.research_id, checking=len(numbered))
        found: dict[int, Check] = {}
        for source in dict.fromkeys(fact.source for _, fact in numbered):
            self.member.check_in()
            those = [(number, fact) for number, fact in numbered if fact.source == source]
            said = [fact.content for _, fact in those]
            verdicts = check_facts(self._verify, said, self._folder, source)
            for (number, fact), check in zip(those, verdicts, strict=True):
                run.record_check(f"check-{number}", fact, check, self.member.agent_id)
                found[number] = check
        checks = [found[number] for number, _ in numbered]
        self.member.finish(
            task_id,
            checks=len(checks),
            factsVerified=sum(check.is_verified for check in checks),
        )
        return checks
