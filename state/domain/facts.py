"""Facts of a research: their shape, their older spellings, and the id that content gives them."""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from state.domain import jsontext
from state.domain.errors import Invalid, error, many_invalid
from state.domain.ids import Id
from state.domain.times import normalise_time

FACT_LIMIT_BYTES = 64 * 1024
FACTS_LIMIT = 100_000
FACTS_LIMIT_BYTES = 64 * 1024 * 1024

Fact = dict[str, Any]


class FactShape(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    content: str
    id: Id | None = None
    source: str = ""
    confidence_score: Annotated[float, Meta(ge=0, le=100)] = 0
    is_verified: bool = False
    extracted_at: str | None = None
    verification_status: Literal["Pending", "Verified", "Disputed", "Failed"] = "Pending"


_OLDER_NAMES = {"sourceUrl": "source", "confidence": "confidenceScore"}


def derived_fact_id(content: str, source: str) -> str:
    """The id of a fact that came without one: the same content and source, the same id."""
    digest = hashlib.sha256(f"{content}\x00{source}".encode()).hexdigest()
    return f"fact-{digest[:32]}"


def normalise_facts(raw: list[Any], path: str = "facts") -> list[Fact]:
    """Facts in today's shape, each id once; raises Invalid.

    ``extractedAt`` stays None when it was absent: a stored fact keeps its own, a new one gets the
    time of the write. The same content and source twice is one fact.
    """
    if len(raw) > FACTS_LIMIT:
        raise Invalid.field(path, f"more than {FACTS_LIMIT} facts")
    facts: dict[str, Fact] = {}
    named: set[str] = set()
    for index, item in enumerate(raw):
        fact: Fact = _normalise(item, f"{path}[{index}]")
        if isinstance(item, dict) and item.get("id") is not None:
            if fact["id"] in named:
                raise Invalid.field(f"{path}[{index}].id", "the same fact id twice")
            named.add(fact["id"])
        facts[str(fact["id"])] = fact
    return list(facts.values())


def _normalise(item: Any, path: str) -> Fact:
    if not isinstance(item, dict):
        raise Invalid.field(path, "a fact must be an object")
    renamed: dict[Any, Any] = {}
    for name, value in item.items():
        today = _OLDER_NAMES.get(name, name)
        if today in renamed:
            raise Invalid.field(f"{path}.{name}", f"{today} is given twice")
        renamed[today] = value
    try:
        shape = msgspec.convert(renamed, FactShape)
    except msgspec.ValidationError as problem:
        message, _, where = str(problem).partition(" - at `$")
        raise many_invalid([error(path + where.rstrip("`"), message)]) from problem
    score = shape.confidence_score
    fact = {
        "id": shape.id or derived_fact_id(shape.content, shape.source),
        "content": shape.content,
        "source": shape.source,
        "confidenceScore": score / 100 if score > 1 else score,
        "isVerified": shape.is_verified,
        "extractedAt": _time(shape.extracted_at, f"{path}.extractedAt"),
        "verificationStatus": shape.verification_status,
    }
    if len(jsontext.encode(fact)) > FACT_LIMIT_BYTES:
        raise Invalid.field(path, "a fact larger than 64 KiB")
    return fact


def _time(value: str | None, path: str) -> str | None:
    if value is None:
        return None
    try:
        return normalise_time(value)
    except ValueError as problem:
        raise Invalid.field(path, str(problem)) from problem


def unproved_facts(facts: list[Fact], threshold: float) -> list[dict[str, str]]:
    """The verified ones among the facts of a write that lack the confidence for it."""
    return [
        problem
        for index, fact in enumerate(facts)
        for problem in unproved(fact, f"extractedFacts[{index}].", threshold)
    ]


def unproved(judged: dict[str, Any], prefix: str, threshold: float) -> list[dict[str, str]]:
    """What is wrong with a verified fact or verification below the threshold (contract §7)."""
    if judged["isVerified"] and judged["confidenceScore"] < threshold:
        return [error(f"{prefix}isVerified", f"needs a confidenceScore of at least {threshold}")]
    return []
