"""The command line of the example."""

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lightning_client import (
    Forbidden,
    Lightning,
    LightningError,
    Policy,
    Unauthenticated,
    Unreachable,
)

from .answering import AnswerFunctionError, load_answer_function, quote_facts
from .corpus import CorpusError, installed_documentation, read_passages
from .index import Index
from .member import Stopped
from .questions import ABOUT_THE_INSTALLATION, questions_about
from .team import FEWEST_RESEARCHERS, Result, Team

REST_AFTER_FAILURE_SECONDS = 5.0
# A server that restarts or is overloaded is back in seconds; a run need not be lost for that.
PATIENT = Policy(retries=20, deadline_seconds=20.0, breaker_failures=50)
IMPATIENT = Policy(retries=0)
FINAL = (Unauthenticated, Forbidden)  # trying again is pointless


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="deep_research.py",
        description="A team of agents answers questions from a folder of text and keeps its"
        " state in Lightning State.",
    )
    parser.add_argument("question", nargs="?", help="default: one that suits the corpus")
    parser.add_argument("--forever", action="store_true", help="go on with other questions")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="text to research in")
    parser.add_argument("--researchers", type=int, default=3, metavar="N")
    parser.add_argument("--team", default="deep-research", help="prefix of the agents' ids")
    parser.add_argument("--pace", type=float, default=0.0, metavar="SECONDS", help="rest per step")
    parser.add_argument("--llm", metavar="MODULE:FUNCTION", help="writes the answer from facts")
    parser.add_argument(
        "--base-url",
        default=os.environ.get("LIGHTNING_URL", "http://127.0.0.1:8000"),
        help="default: LIGHTNING_URL, else %(default)s",
    )
    parser.add_argument(
        "--api-key",
        default=os.environ.get("LIGHTNING_API_KEY", ""),
        help="default: LIGHTNING_API_KEY",
    )
    parsed = parser.parse_args(arguments)
    if parsed.researchers < FEWEST_RESEARCHERS:
        parser.error(f"--researchers: at least {FEWEST_RESEARCHERS}")
    return parsed


def read_corpus(folder: Path) -> Index:
    started = time.monotonic()
    index = Index(read_passages(folder))
    files = len({passage.source for passage in index.passages})
    seconds = time.monotonic() - started
    print(f"Read {len(index.passages)} passages of {files} files in {seconds:.1f} s", flush=True)
    return index


def choose_questions(options: argparse.Namespace, index: Index) -> Iterator[str]:
    if options.question:
        first: list[str] = [options.question]
    elif options.corpus:
        first = []
    else:
        first = list(ABOUT_THE_INSTALLATION)
        random.shuffle(first)  # else every start would research the same question again
    every = questions_about(index, first)
    return every if options.forever else islice(every, 1)


def show(result: Result) -> None:
    print(f"\n{result.question}\n\n  {result.answer}\n")
    for source in dict.fromkeys(fact.source for fact in result.facts):
        print(f"  [{source}]")
    print(
        f"\n  {result.research_id}: {len(result.facts)} verified facts, quality"
        f" {result.quality.score:.2f} after {result.iterations} iterations,"
        f" {result.seconds:.1f} s",
        flush=True,
    )


def greet(url: str, key: str) -> None:
    """Find out at the start, without patience, whether server and key are good."""
    with Lightning(url, key, policy=IMPATIENT) as lightning:
        lightning.summary()


def work(options: argparse.Namespace, lightning: Lightning, stop: threading.Event) -> None:
    folder = (options.corpus or installed_documentation()).expanduser().resolve()
    index = read_corpus(folder)
    team = Team(
        lightning,
        index,
        folder,
        name=options.team,
        researchers=options.researchers,
        answer_with=load_answer_function(options.llm) if options.llm else quote_facts,
        pace_seconds=options.pace,
        stop=stop,
    )
    team.report_for_duty()
    with team.heartbeat():
        for question in choose_questions(options, index):
            try:
                show(team.research(question))
            except LightningError as error:
                if not options.forever or isinstance(error, FINAL):
                    raise
                # A server that was restarted, an operator who changed a status under us: a team
                # that works forever reports for duty again.
                print(f"\n{explain(error, options.base_url)}\nTrying again.", flush=True)
                if stop.wait(REST_AFTER_FAILURE_SECONDS):
                    raise Stopped from error
                team.report_for_duty()


def explain(error: LightningError, url: str) -> str:
    """What went wrong, and what to do about it."""
    if isinstance(error, Unreachable):
        start = "Start it with `make serve`, or name it with --base-url."
        return f"Lightning State does not answer at {url} ({error.detail}). {start}"
    if isinstance(error, Unauthenticated):
        return f"The API key was refused by {url}: {error.detail}"
    if isinstance(error, Forbidden):
        return f"The API key may not do this: {error.detail}"
    return str(error)


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    stop = threading.Event()

    def end(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)  # a second one does not wait for a call under way

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        greet(options.base_url, options.api_key)
        with Lightning(options.base_url, options.api_key, policy=PATIENT) as lightning:
            work(options, lightning, stop)
    except Stopped:
        print("\nStopped.")
    except LightningError as error:
        print(f"\n{explain(error, options.base_url)}", file=sys.stderr)
        return 1
    except (CorpusError, AnswerFunctionError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0
