"""Reads the word lists beside this file, each once and when it is first asked for."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

Groups = dict[str, frozenset[int]]


class Sides(NamedTuple):
    """On which side of which pair of opposites a word stands."""

    left: frozenset[int]
    right: frozenset[int]


NOWHERE = Sides(frozenset(), frozenset())


def _lines(name: str) -> Iterator[str]:
    for line in (Path(__file__).parent / name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def _sides(pairs: list[tuple[str, str]]) -> dict[str, Sides]:
    table: dict[str, tuple[set[int], set[int]]] = {}
    for number, pair in enumerate(pairs):
        for side, words in enumerate(pair):
            for word in words.split():
                table.setdefault(word, (set(), set()))[side].add(number)
    return {word: Sides(frozenset(left), frozenset(right)) for word, (left, right) in table.items()}


def _pairs(name: str) -> list[tuple[str, str]]:
    pairs = []
    for line in _lines(name):
        left, _, right = line.removeprefix("!").partition("|")
        pairs.append((left, right))
    return pairs


@cache
def opposites() -> dict[str, Sides]:
    """Pairs of opposites by word."""
    return _sides(_pairs("opposites.txt"))


@cache
def complementary() -> frozenset[int]:
    """The numbers of those pairs of which one side must be true ("alive" and "dead")."""
    lines = enumerate(_lines("opposites.txt"))
    return frozenset(number for number, line in lines if line.startswith("!"))


@cache
def converses() -> dict[str, Sides]:
    """Relations and their mirror images by word ("buy" and "sell")."""
    return _sides(_pairs("converses.txt"))


@cache
def symmetric() -> frozenset[str]:
    """Relations whose two sides may be exchanged ("marry")."""
    return frozenset(word for line in _lines("symmetric.txt") for word in line.split())


@cache
def exclusive() -> dict[str, tuple[tuple[int, int], ...]]:
    """By word: the exclusive sets it is in, each with its position there."""
    table: dict[str, list[tuple[int, int]]] = {}
    for number, line in enumerate(_lines("exclusive.txt")):
        for position, alternatives in enumerate(line.split()):
            for word in alternatives.split("/"):
                table.setdefault(word, []).append((number, position))
    return {word: tuple(indexes) for word, indexes in table.items()}


@cache
def kinds() -> dict[str, Sides]:
    """By word: the kinds it names (left) and those it belongs to (right)."""
    return _sides(_pairs("kinds.txt"))


@cache
def _synonym_lines() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part.strip() for part in line.split(",")) for line in _lines("synonyms.txt"))


@cache
def synonym_groups() -> Groups:
    """The numbers of the groups a single word is in."""
    table: dict[str, set[int]] = {}
    for number, line in enumerate(_synonym_lines()):
        for word in line:
            if " " not in word:
                table.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in table.items()}


@cache
def phrases() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """By first word: phrases, the longest first, and the word that says the same."""
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in _synonym_lines():
        for phrase in line:
            words = tuple(phrase.split())
            if len(words) > 1:
                table.setdefault(words[0], []).append((words, line[0]))
    return {
        first: tuple(sorted(found, key=lambda entry: -len(entry[0])))
        for first, found in table.items()
    }
