"""Writes the answer from verified facts: by quoting them, or with a function of the user's."""

import importlib
from collections.abc import Callable, Sequence

from .checking import Check, Verify, check_against_text
from .facts import Fact, sentences

AnswerWith = Callable[[str, Sequence[Fact]], str]

MOST_QUOTED = 5
LEAST_OF_BEST = 0.6  # what touches the question far less than the best fact is left out


class AnswerFunctionError(Exception):
    """`--llm` does not name a function that can be called."""


def quote_facts(question: str, facts: Sequence[Fact]) -> str:
    """The facts themselves, the most relevant first: needs no language model."""
    if not facts:
        return "Nothing in the corpus answers this."
    least = LEAST_OF_BEST * max(fact.relevance for fact in facts)
    quoted = [fact.content for fact in facts if fact.relevance >= least]
    return " ".join(quoted[:MOST_QUOTED])


def load_answer_function(name: str) -> AnswerWith:
    """The function named ``module:function``; it gets the question and the verified facts.

    Raises:
        AnswerFunctionError: when there is no such function.
    """
    module_name, _, function_name = name.partition(":")
    try:
        function: AnswerWith = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise AnswerFunctionError(f"--llm {name}: {error}. It must be module:function.") from error
    if not callable(function):
        raise AnswerFunctionError(f"--llm {name} is not a function.")
    return function


def check_answer(verify: Verify, answer: str, facts: Sequence[Fact]) -> Check:
    """How much of the answer the verified facts support: the mean over its sentences."""
    said = sentences(answer) or [answer]
    text = "\n\n".join(fact.content for fact in facts)
    checks = check_against_text(verify, said, text)
    weak = tuple(
        f"not supported: {sentence}"
        for sentence, check in zip(said, checks, strict=True)
        if not check.is_verified
    )
    return Check(round(sum(check.confidence for check in checks) / len(checks), 3), weak)
