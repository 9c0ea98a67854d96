"""The verification layer's targets, on the labelled pairs and on generated contradictions."""

import pytest

from tests.verl import baseline
from tests.verl.evaluate import (
    chains_found,
    contradictions_found,
    generated_found,
    judged,
    with_unrelated,
)
from tests.verl.labelled import pairs
from tests.verl.scores import calibration_error, class_score, macro_f1

FLOORS = {"development": 0.85, "heldout": 0.75}


@pytest.mark.parametrize("half", ["development", "heldout"])
def test_the_verdicts_are_right_calibrated_and_ahead_of_word_overlap(half: str) -> None:
    given = pairs(half)
    gold = [pair.label for pair in given]
    labels, confidences = judged(given)
    assert macro_f1(gold, labels) >= FLOORS[half]
    refuted = class_score(gold, labels, "refuted")
    assert refuted.precision >= 0.9
    assert refuted.recall >= 0.4
    right = [one == other for one, other in zip(gold, labels, strict=True)]
    assert calibration_error(confidences, right) <= 0.08
    overlap = [baseline.judge(pair.claim, pair.source) for pair in given]
    assert macro_f1(gold, labels) > macro_f1(gold, overlap) + 0.2


def test_passages_as_in_public_sets_are_judged_without_haste() -> None:
    """Several things, numbers and times in a sentence: what is decided there has to be right."""
    given = pairs("public_style")
    gold = [pair.label for pair in given]
    labels, _ = judged(given)
    for label, recall in (("supported", 0.5), ("refuted", 0.55)):
        score = class_score(gold, labels, label)
        assert score.precision >= 0.9, label
        assert score.recall >= recall, label


@pytest.mark.parametrize("half", ["development", "heldout"])
def test_a_source_on_another_topic_decides_nothing(half: str) -> None:
    unrelated = [pair for pair in with_unrelated(pairs(half)) if pair.kind == "unrelated"]
    labels, _ = judged(unrelated)
    assert labels.count("unknown") >= 0.97 * len(labels)


def test_generated_contradictions_of_number_date_unit_and_status_are_found() -> None:
    gold, given, _ = generated_found()
    assert class_score(gold, given, "yes").f1 >= 0.97


@pytest.mark.parametrize("half", ["development", "heldout"])
def test_contradicting_statements_and_bad_chains_are_found(half: str) -> None:
    gold, given = contradictions_found(half)
    assert class_score(gold, given, "yes").f1 >= FLOORS[half]
    gold, given = chains_found(half)
    assert class_score(gold, given, "bad").f1 >= FLOORS[half]
