"""Checks a chain of reasoning steps: order, what each step rests on, contradictions, confidence.

The checks follow what annotators of reasoning chains mark (ROSCOE, Golovneva et al. 2023: missing
step, repetition, self-contradiction; ReCEval, Prasad et al. 2023: every conclusion must follow from
the premises it uses). No step is trusted more than what it rests on.
"""

import math
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from state.verl.text.analysis import analyse
from state.verl.text.consistency import find_contradictions
from state.verl.text.sentence import Sentence

_REFERENCE = re.compile(
    r"\b(?:step|steps|schritt)\s*#?\s*(\d{1,4})(?:\s*(?:,|and|&|-|–|to)\s*(\d{1,4}))?",
    re.IGNORECASE,
)
_USED_SHARE = 0.5
_SAME_SHARE = 0.95


class Step(NamedTuple):
    """One step as it was sent."""

    number: int
    description: str
    logic: str
    conclusions: list[str]
    confidence: float


@dataclass
class ChainReport:
    """What is wrong with a chain (errors), what is weak (warnings), and a score 0–1."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    score: float = 0.0

    @property
    def is_valid(self) -> bool:
        return not self.errors


def check_chain(steps: list[Step]) -> ChainReport:
    """Judges a chain; errors make it invalid, warnings lower its score."""
    report = ChainReport()
    if not steps:
        report.errors.append("There are no steps.")
        return report
    faulty = _check_shape(steps, report)
    _check_numbers(steps, report)
    stems = [_stems(" ".join(step.conclusions)) for step in steps]
    rests_on = [_premises(steps, stems, index, report) for index in range(len(steps))]
    _check_use(steps, rests_on, report)
    _check_confidence(steps, rests_on, report)
    _check_circles(steps, stems, report)
    _check_contradictions(steps, report)
    report.score = _score(steps, faulty, report)
    return report


def _check_shape(steps: list[Step], report: ChainReport) -> set[int]:
    faulty = set()
    for index, step in enumerate(steps):
        before = len(report.errors)
        if not step.logic.strip():
            report.errors.append(f"Step {step.number} has no logic.")
        if not any(conclusion.strip() for conclusion in step.conclusions):
            report.errors.append(f"Step {step.number} has no conclusions.")
        if not (math.isfinite(step.confidence) and 0 <= step.confidence <= 1):
            report.errors.append(
                f"Step {step.number}: the confidence {step.confidence:g} is not between 0 and 1."
            )
        if not step.description.strip():
            report.warnings.append(f"Step {step.number} has no description.")
        if len(report.errors) > before:
            faulty.add(index)
    return faulty


def _check_numbers(steps: list[Step], report: ChainReport) -> None:
    numbers = [step.number for step in steps]
    seen: set[int] = set()
    for number in numbers:
        if number in seen:
            report.errors.append(f"The step number {number} is repeated.")
        seen.add(number)
    for number in sorted(one for one in seen if one < 1):
        report.errors.append(f"The step number {number} is below 1.")
    expected = range(1, max(numbers) + 1) if max(numbers) <= 10 * len(numbers) + 10 else ()
    missing = [number for number in expected if number not in seen]
    if not expected and max(numbers) > len(numbers):
        report.errors.append(f"Step numbers up to {max(numbers)} are missing.")
    report.errors.extend(f"The step number {number} is missing." for number in missing)
    if numbers != sorted(numbers):
        report.warnings.append("The steps are not in the order of their numbers.")


def _stems(text: str) -> set[str]:
    sentence = analyse(text)
    found = {_stem(sentence, place) for place in sentence.content}
    found.update(f"#{quantity.value:g}" for quantity in sentence.quantities)
    found.update(f"year {when.year}" for when in sentence.dates if when.year)
    return found


def _stem(sentence: Sentence, place: int) -> str:
    word = sentence.words[place]
    assert word is not None
    return word.stem


def _premises(
    steps: list[Step], stems: list[set[str]], index: int, report: ChainReport
) -> set[int]:
    """The earlier steps (by index) that a step uses: named by number, or by what they concluded."""
    step = steps[index]
    text = f"{step.description} {step.logic}"
    by_number = {other.number: place for place, other in enumerate(steps)}
    used: set[int] = set()
    for match in _REFERENCE.finditer(text):
        for group in match.groups():
            if group is None:
                continue
            number = int(group)
            place = by_number.get(number)
            if place is None:
                report.errors.append(
                    f"Step {step.number} refers to step {number}, which is not there."
                )
            elif number == step.number:
                if "step" in step.logic.lower() and str(number) in step.logic:
                    report.warnings.append(f"Step {step.number} refers to itself.")
            elif number > step.number:
                report.errors.append(
                    f"Step {step.number} rests on step {number}, which comes later: circular."
                )
            else:
                used.add(place)
    said = _stems(text)
    for place, conclusion in enumerate(stems):
        is_earlier = steps[place].number < step.number
        if is_earlier and conclusion and len(conclusion & said) >= _USED_SHARE * len(conclusion):
            used.add(place)
    return used


def _check_use(steps: list[Step], rests_on: list[set[int]], report: ChainReport) -> None:
    """Conclusions nobody uses, and later steps that rest on nothing before them."""
    if len(steps) < 2:
        return
    last = max(range(len(steps)), key=lambda index: steps[index].number)
    used = {place for places in rests_on for place in places}
    for index, step in enumerate(steps):
        if index != last and index not in used and any(step.conclusions):
            report.warnings.append(f"No later step uses the conclusions of step {step.number}.")
    if not rests_on[last]:
        report.warnings.append(
            f"The last step, {steps[last].number}, rests on no earlier conclusion: unsupported."
        )


def _check_confidence(steps: list[Step], rests_on: list[set[int]], report: ChainReport) -> None:
    for index, step in enumerate(steps):
        if not rests_on[index]:
            continue
        weakest = min(rests_on[index], key=lambda place: steps[place].confidence)
        if step.confidence > steps[weakest].confidence + 1e-9:
            report.warnings.append(
                f"Step {step.number} is more confident ({step.confidence:g}) than step "
                f"{steps[weakest].number}, on which it rests ({steps[weakest].confidence:g})."
            )


def _check_circles(steps: list[Step], stems: list[set[str]], report: ChainReport) -> None:
    """A conclusion that only repeats the step's own logic, or what an earlier step concluded."""
    for index, step in enumerate(steps):
        if not stems[index]:
            continue
        logic = _stems(step.logic)
        joined = " ".join(step.conclusions).strip().lower().rstrip(".")
        if joined and joined == step.logic.strip().lower().rstrip("."):
            report.errors.append(
                f"Step {step.number} is circular: its conclusion is its own premise."
            )
        elif logic and len(logic) == len(stems[index]) and logic == stems[index]:
            report.warnings.append(f"Step {step.number} concludes only what it assumes: circular.")
        for other in range(len(steps)):
            if steps[other].number < step.number and stems[other] == stems[index]:
                same = " ".join(steps[other].conclusions).strip().lower().rstrip(".")
                if same == joined:
                    report.warnings.append(
                        f"Step {step.number} repeats the conclusion of step {steps[other].number}."
                    )


def _check_contradictions(steps: list[Step], report: ChainReport) -> None:
    said = [
        (step.number, conclusion)
        for step in steps
        for conclusion in step.conclusions
        if conclusion.strip()
    ]
    for pair in find_contradictions([conclusion for _, conclusion in said]):
        (first, one), (second, other) = said[pair.first], said[pair.second]
        where = f"Step {first}" if first == second else f"Steps {first} and {second}"
        verb = "contradicts itself" if first == second else "contradict each other"
        report.errors.append(f"{where} {verb}: “{one}” and “{other}” ({pair.reason}).")


def _score(steps: list[Step], faulty: set[int], report: ChainReport) -> float:
    """The mean confidence, less for warnings; with errors at most half, by the sound steps."""
    confidences = [
        min(1.0, max(0.0, step.confidence)) for step in steps if math.isfinite(step.confidence)
    ]
    mean = sum(confidences) / len(steps)
    per_step = len(report.warnings) / math.sqrt(len(steps))
    score = mean * max(0.5, 1 - 0.1 * per_step)
    if report.errors:
        sound = 1 - len(faulty) / len(steps)
        score = min(score, 0.5 * sound) / (1 + 0.1 * len(report.errors))
    return round(score, 4)
