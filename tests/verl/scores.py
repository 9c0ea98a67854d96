"""Precision, recall, F1 and calibration error of labels with a confidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LABELS = ("supported", "refuted", "unknown")
BINS = 10


@dataclass(frozen=True)
class ClassScore:
    """How well one label was given."""

    precision: float
    recall: float
    f1: float
    count: int


def class_score(gold: Sequence[str], given: Sequence[str], label: str) -> ClassScore:
    """Precision, recall and F1 of one label; 1 where there was nothing to find or to give."""
    hits = sum(a == b == label for a, b in zip(gold, given, strict=True))
    of_gold, of_given = gold.count(label), given.count(label)
    precision = hits / of_given if of_given else 1.0
    recall = hits / of_gold if of_gold else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return ClassScore(precision, recall, f1, of_gold)


def macro_f1(gold: Sequence[str], given: Sequence[str], labels: Iterable[str] = LABELS) -> float:
    """The mean F1 of the labels that occur."""
    scores = [class_score(gold, given, label) for label in labels if label in gold]
    return sum(score.f1 for score in scores) / len(scores)


def calibration_error(confidences: Sequence[float], correct: Sequence[bool]) -> float:
    """Expected calibration error in ten bins of confidence (Guo et al. 2017)."""
    total = len(confidences)
    error = 0.0
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        inside = [
            (confidence, right)
            for confidence, right in zip(confidences, correct, strict=True)
            if low < confidence <= high or (number == 0 and confidence == 0)
        ]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            share = sum(right for _, right in inside) / len(inside)
            error += len(inside) / total * abs(mean - share)
    return error
