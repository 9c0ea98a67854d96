"""The Master and its team: takes a question, returns an answer with its sources.

Reading order: `Team.research` here, then supervisor.py, researcher.py, member.py and run.py.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning_client import Heartbeat, Lightning, LightningError

from .answering import AnswerWith, check_answer, quote_facts
from .facts import Fact
from .index import Index
from .member import Member, Stopped
from .quality import Quality
from .researcher import Researcher
from .run import Run, new_run_id
from .supervisor import Supervisor

FEWEST_RESEARCHERS = 2
HEARTBEAT_SECONDS = 5.0


@dataclass(frozen=True)
class Result:
    """The outcome of one run."""

    research_id: str
    question: str
    answer: str
    facts: Sequence[Fact]
    quality: Quality
    iterations: int
    seconds: float


class Team:
    """One Master, one Supervisor, two or more Researchers on one corpus.

    Args:
        lightning: where they report.
        index: the corpus' passages.
        folder: the corpus itself, for checking facts against their files.
        name: the prefix of the agents' ids; two teams need two names.
        answer_with: writes the answer from the question and the verified facts.
        pace_seconds: a rest between steps, so that people can follow.
        stop: set it to end the team at its next step.
    """

    def __init__(
        self,
        lightning: Lightning,
        index: Index,
        folder: Path,
        *,
        name: str = "deep-research",
        researchers: int = 3,
        answer_with: AnswerWith = quote_facts,
        pace_seconds: float = 0.0,
        stop: threading.Event | None = None,
    ) -> None:
        if researchers < FEWEST_RESEARCHERS:
            raise ValueError(f"a team needs at least {FEWEST_RESEARCHERS} researchers")
        self.name = name
        self._lightning = lightning
        self._index = index
        self._folder = folder
        self._answer_with = answer_with
        self._pace_seconds = pace_seconds
        self._stop = stop or threading.Event()
        self._master = self._member("master", "Master")
        self._researchers = [
            Researcher(
                self._member(f"researcher-{number}", "Researcher"),
                index,
                folder,
                lightning.verify_facts,
            )
            for number in range(1, researchers + 1)
        ]
        self._supervisor = Supervisor(
            self._member("supervisor", "Supervisor"), self._researchers, index, self._pause
        )

    @property
    def members(self) -> list[Member]:
        return [
            self._master,
            self._supervisor.member,
            *(researcher.member for researcher in self._researchers),
        ]

    def report_for_duty(self) -> None:
        """Every member Ready; also after a run that ended badly."""
        for member in self.members:
            member.report_for_duty(team=self.name, corpus=self._folder.name)

    def heartbeat(self) -> Heartbeat:
        """Use as a context manager around the runs."""
        names = [member.agent_id for member in self.members]
        return self._lightning.heartbeat(*names, every_seconds=HEARTBEAT_SECONDS)

    def research(self, question: str) -> Result:
        """Answer one question; the run's research state ends Completed, or Failed with why."""
        started = time.monotonic()
        run = Run(self._lightning, new_run_id(), question)
        run.open(team=self.name, corpus=self._folder.name, passages=len(self._index.passages))
        try:
            return self._carry_out(run, started)
        except Stopped:
            self._leave(run, "stopped by whoever started it")
            raise
        except Exception as error:
            self._leave(run, f"{type(error).__name__}: {error}", failed=self._master)
            raise

    def _carry_out(self, run: Run, started: float) -> Result:
        self._master.begin(run.research_id, researchId=run.research_id, question=run.question)
        run.move_to("InProgress")
        known = self._supervisor.investigate(run)
        run.move_to("Verifying")
        self._pause()
        verified = self._supervisor.verify(run, known.facts)
        answer = self._answer_with(run.question, verified)
        if verified:
            check = check_answer(self._lightning.verify_facts, answer, verified)
            run.record_verification("answer", answer, check, self._master.agent_id)
        seconds = time.monotonic() - started
        run.complete(answer, self._summary(verified, seconds))
        self._master.finish(run.research_id, runs=1, runSeconds=seconds)
        return Result(
            run.research_id,
            run.question,
            answer,
            verified,
            known.quality,
            known.iterations,
            seconds,
        )

    def _summary(self, verified: Sequence[Fact], seconds: float) -> dict[str, Any]:
        return {"verifiedFacts": len(verified), "seconds": round(seconds, 2)}

    def _leave(self, run: Run, reason: str, failed: Member | None = None) -> None:
        """Leave nothing behind that looks alive; the error that led here is the one to show."""
        try:
            run.fail(reason)
            for member in self.members:
                if member is failed:
                    member.fail(reason)
                else:
                    member.stand_down()
        except (LightningError, Stopped) as error:
            print(f"  how it ended could not be recorded: {error}", flush=True)

    def _pause(self) -> None:
        if self._stop.wait(self._pace_seconds):
            raise Stopped

    def _member(self, suffix: str, agent_type: str) -> Member:
        return Member(self._lightning, f"{self.name}-{suffix}", agent_type, self._stop)
