"""The Supervisor: plans searches, judges what they bring, decides when it is enough."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .facts import Fact, without_repeats
from .index import Hit, Index
from .member import Member
from .quality import Quality, assess, uncovered
from .researcher import Researcher
from .run import Run
from .terms import terms

GOOD_ENOUGH = 0.8
MOST_ITERATIONS = 4
EXPANSION_TERMS = 4
MOST_EXPANSION_TERMS = 24
# The question's own words must lead, else an expansion drifts to another subject.
OWN_WEIGHT = 2


@dataclass
class Investigation:
    """What a run knows so far."""

    question: list[str]
    facts: list[Fact] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    asked: set[tuple[str, ...]] = field(default_factory=set)
    quality: Quality = field(default_factory=lambda: Quality(0.0, 0.0, 0.0))
    iterations: int = 0


class Supervisor:
    """Directs two or more researchers, who work at the same time."""

    def __init__(
        self,
        member: Member,
        researchers: Sequence[Researcher],
        index: Index,
        pause: Callable[[], None],
    ) -> None:
        self.member = member
        self._researchers = researchers
        self._index = index
        self._pause = pause

    def investigate(self, run: Run) -> Investigation:
        """Search until the quality is good enough, nothing new is found, or patience ends."""
        known = Investigation(question=terms(run.question))
        task_id = f"{run.research_id}:investigate"
        self.member.begin(task_id, researchId=run.research_id)
        while known.iterations < MOST_ITERATIONS and known.quality.score < GOOD_ENOUGH:
            self.member.check_in()
            queries = self._plan(known)
            if not queries:
                break  # every query worth asking has been asked
            self._search(run, known, queries)
            known.iterations += 1
            known.quality = assess(known.facts, known.question, self._index)
            run.report_progress(
                known.iterations, known.quality, [self._index.spell(query) for query in queries]
            )
            self._pause()
        self.member.finish(task_id, investigations=1, iterations=known.iterations)
        return known

    def verify(self, run: Run, facts: Sequence[Fact]) -> list[Fact]:
        """Have every fact checked, and return those that stand."""
        task_id = f"{run.research_id}:verify"
        self.member.begin(task_id, researchId=run.research_id, facts=len(facts))
        numbered = list(enumerate(facts, start=1))
        count = len(self._researchers)
        shares = [numbered[start::count] for start in range(count)]
        with ThreadPoolExecutor(count) as pool:
            verdicts = pool.map(
                lambda pair: pair[0].check(run, f"{task_id}:{pair[0].member.agent_id}", pair[1]),
                zip(self._researchers, shares, strict=True),
            )
            checked = [
                (number, fact, check)
                for share, checks in zip(shares, verdicts, strict=True)
                for (number, fact), check in zip(share, checks, strict=True)
            ]
        self.member.finish(task_id, verificationRounds=1)
        return [fact for _, fact, check in sorted(checked, key=lambda c: c[0]) if check.is_verified]

    def _plan(self, known: Investigation) -> list[list[str]]:
        """A query for each researcher that was not asked yet.

        First the question, and its weightiest terms in pairs; later what no fact mentions yet,
        and the question with words that the best passages share.
        """
        question = known.question
        weightiest = sorted(set(question), key=lambda term: (-self._index.weight(term), term))
        pairs = [weightiest[start : start + 2] for start in range(0, len(weightiest), 2)]
        missing = uncovered(known.facts, question) if known.iterations else []
        expansion = self._index.expand(question, known.hits, MOST_EXPANSION_TERMS)
        widened = [
            question * OWN_WEIGHT + expansion[start : start + EXPANSION_TERMS]
            for start in range(0, len(expansion), EXPANSION_TERMS)
        ]
        focused = [missing + weightiest[:1]] if missing else []
        candidates = [question, *focused, *widened, *pairs]
        planned: list[list[str]] = []
        for query in candidates:
            key = tuple(sorted(query))
            if query and key not in known.asked and len(planned) < len(self._researchers):
                known.asked.add(key)
                planned.append(query)
        return planned

    def _search(self, run: Run, known: Investigation, queries: Sequence[Sequence[str]]) -> None:
        number = known.iterations + 1
        with ThreadPoolExecutor(len(self._researchers)) as pool:
            searches = [
                pool.submit(
                    researcher.search,
                    run,
                    f"{run.research_id}:search-{number}:{researcher.member.agent_id}",
                    query,
                    known.question,
                )
                for researcher, query in zip(self._researchers, queries, strict=False)
            ]
            findings = [search.result() for search in searches]
        known.hits = [hit for finding in findings for hit in finding.hits]
        found = [fact for finding in findings for fact in finding.facts]
        ranked = sorted({*known.facts, *found}, key=lambda fact: (-fact.relevance, fact.content))
        known.facts = without_repeats(ranked)
