"""Turns text into the terms that search and comparison work on."""

import re

WORD = re.compile(r"[a-z0-9][a-z0-9_+#]*[a-z0-9+#]|[a-z0-9]")
WITHOUT_MEANING = """
    a about above after again all also am an and any are as at be because been before being
    below between both but by can cannot could did do does doing down during each either etc few
    for from further get had has have having he her here hers him his how however i if in into is
    it its itself just know known let like made make makes many may me might more most much must
    my need no nor not now of off on once only or other our out over own per same see she should
    so some such than that the their theirs them then there these they this those through to too
    under until up upon use used uses using very via was we were what when where which while who
    whom why will with within without would you your
"""
STOP_WORDS = frozenset(WITHOUT_MEANING.split())
# Longest first; what is left must still be a word.
SUFFIXES = ("ations", "ation", "ings", "ing", "edly", "ied", "ies", "ed", "es", "s")
SHORTEST_STEM = 3


def words(text: str) -> list[str]:
    """All words in lower case, in order."""
    return WORD.findall(text.lower())


def stem(word: str) -> str:
    """Cut the commonest English endings, so that "timeouts" finds "timeout"."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SHORTEST_STEM:
            if suffix == "s" and word.endswith(("ss", "us", "is")):
                continue
            base = word[: -len(suffix)]
            return f"{base}y" if suffix in {"ies", "ied"} else base.removesuffix("e")
    return word.removesuffix("e") if len(word) > SHORTEST_STEM + 1 else word


def terms(text: str) -> list[str]:
    """The stems that carry meaning, in order, repeats included."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS and len(word) > 1]
