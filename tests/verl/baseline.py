"""Word overlap: the baseline every published checker is measured against.

A claim is supported when the best sentence has most of its words, unknown when it has few. It may
also refute: a number of the claim that the sentence lacks, or one negation too many.
"""

import re

_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")
_STOP = frozenset(
    """
    a an the of in on at by for to and or is are was were be been it its that
    """.split()
)
_NOT = frozenset(("not", "no", "never", "none", "nobody", "nothing"))
ENOUGH, SOME = 0.8, 0.5


def words(text: str) -> set[str]:
    """Lower-case words without the commonest ones."""
    return {word for word in _WORD.findall(text.lower()) if word not in _STOP}


def judge(claim: str, source: str) -> str:
    """supported, refuted or unknown by overlap with the best sentence."""
    wanted = words(claim)
    best, share = set[str](), 0.0
    for sentence in re.split(r"(?<=[.!?])\s+", source):
        there = words(sentence)
        found = len(wanted & there) / len(wanted) if wanted else 0.0
        if found > share or not best:
            best, share = there, found
    if share >= SOME:
        numbers = {word for word in wanted if word[0].isdigit()}
        if numbers - best or bool(wanted & _NOT) is not bool(best & _NOT):
            return "refuted"
    return "supported" if share >= ENOUGH else "unknown"
