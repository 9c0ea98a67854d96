"""``make verl``: how good the verification layer is, how well calibrated, and how fast."""

import time
from collections import Counter
from collections.abc import Callable

from state.verl.text.consistency import contradiction, find_contradictions
from state.verl.text.passages import Source
from state.verl.text.reasoning import Step, check_chain
from state.verl.text.verdict import judge
from tests.verl import baseline, peers
from tests.verl.generated import generate
from tests.verl.labelled import Pair, chains, pairs, statements
from tests.verl.scores import LABELS, calibration_error, class_score, macro_f1

HALVES = ("development", "heldout")
GENERATED = 600
SPEED_SECONDS = 3.0


def judged(given: list[Pair]) -> tuple[list[str], list[float]]:
    """Our labels and confidences, each source read once."""
    sources = {pair.source: Source(pair.source) for pair in given}
    found = [judge(pair.claim, sources[pair.source]) for pair in given]
    return [judgement.label.value for judgement in found], [one.confidence for one in found]


def with_unrelated(given: list[Pair]) -> list[Pair]:
    """Each claim beside the source of another topic too: nothing is said of it there."""
    sources = list(dict.fromkeys(pair.source for pair in given))
    shifted = {source: sources[(at + 7) % len(sources)] for at, source in enumerate(sources)}
    every_third = given[::3]
    unrelated = [pair._replace(source=shifted[pair.source], label="unknown", kind="unrelated")
                 for pair in every_third]  # fmt: skip
    return given + unrelated


def contradictions_found(half: str) -> tuple[list[str], list[str]]:
    """Gold and given labels of every pair of statements of the consistency lists."""
    gold, given = [], []
    for one in statements(half):
        found = {(pair.first, pair.second) for pair in find_contradictions(one.statements)}
        for first in range(len(one.statements)):
            for second in range(first + 1, len(one.statements)):
                gold.append("yes" if (first, second) in one.contradictory else "no")
                given.append("yes" if (first, second) in found else "no")
    return gold, given


def generated_found() -> tuple[list[str], list[str], list[str]]:
    """Gold and given labels of the generated pairs, and their kinds."""
    made = list(generate(GENERATED))
    gold = ["yes" if one.contradicts else "no" for one in made]
    given = ["yes" if contradiction(one.first, one.second) else "no" for one in made]
    return gold, given, [one.kind for one in made]


def chains_found(half: str) -> tuple[list[str], list[str]]:
    """Gold and given labels of the reasoning chains."""
    gold, given = [], []
    for chain in chains(half):
        steps = [
            Step(step["stepNumber"], step["description"], step["logic"], step["conclusions"],
                 step["confidence"])
            for step in chain.steps
        ]  # fmt: skip
        gold.append("good" if chain.is_valid else "bad")
        given.append("good" if check_chain(steps).is_valid else "bad")
    return gold, given


def claims_per_second() -> tuple[float, int]:
    """Claims a second on one core against one source of 20 sentences, words met before."""
    given = pairs("development")
    texts = list(dict.fromkeys(pair.source for pair in given))
    source = Source(" ".join(texts))
    while len(source.sentences) > 20:
        texts.pop()
        source = Source(" ".join(texts))
    # Claims about what the source speaks of: the others cost less.
    claims = [pair.claim for pair in given if pair.source in texts]
    for claim in claims:
        judge(claim, source)
    count, started = 0, time.process_time()
    while time.process_time() - started < SPEED_SECONDS:
        for claim in claims:
            judge(claim, source)
        count += len(claims)
    return count / (time.process_time() - started), len(source.sentences)


def _print_classes(name: str, gold: list[str], given: list[str]) -> None:
    print(f"{name}: macro F1 {macro_f1(gold, given):.3f} of {len(gold)} pairs")
    for label in LABELS:
        score = class_score(gold, given, label)
        print(
            f"  {label:10} precision {score.precision:.3f}  recall {score.recall:.3f}"
            f"  F1 {score.f1:.3f}  ({score.count})"
        )


def _print_others(given: list[Pair]) -> None:
    gold = [pair.label for pair in given]
    others: dict[str, Callable[[str, str], str]] = {"word overlap": baseline.judge}
    others |= peers.installed()
    for name, other in others.items():
        labels = [other(pair.claim, pair.source) for pair in given]
        _print_classes(f"  {name}", gold, labels)


def main() -> None:
    """Prints everything."""
    for half in HALVES:
        given = with_unrelated(pairs(half))
        gold = [pair.label for pair in given]
        labels, confidences = judged(given)
        _print_classes(f"{half} half", gold, labels)
        right = [one == other for one, other in zip(gold, labels, strict=True)]
        print(f"  calibration error {calibration_error(confidences, right):.3f}")
        wrong = Counter(pair.kind for pair, ok in zip(given, right, strict=True) if not ok)
        print(f"  wrong by kind: {dict(wrong)}")
        _print_others(given)
        one, other = contradictions_found(half)
        print(f"  contradictions among statements: F1 {class_score(one, other, 'yes').f1:.3f}")
        one, other = chains_found(half)
        print(f"  bad chains: F1 {class_score(one, other, 'bad').f1:.3f}")
    public = pairs("public_style")
    _print_classes(
        "in the style of public sets", [pair.label for pair in public], judged(public)[0]
    )
    _print_others(public)
    gold, labels, kinds = generated_found()
    print(f"generated contradictions: F1 {class_score(gold, labels, 'yes').f1:.3f} of {len(gold)}")
    missed = Counter(
        kind for kind, one, other in zip(kinds, gold, labels, strict=True) if one != other
    )
    print(f"  wrong by kind: {dict(missed)}")
    speed, sentences = claims_per_second()
    print(f"speed: {speed:,.0f} claims/s on one core against {sentences} sentences")


if __name__ == "__main__":
    main()
