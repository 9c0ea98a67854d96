"""The five verdicts, from the server's own verification layer."""

import pytest
from lightning_client import AsyncLightning, Invalid, Lightning

TEXT = "The lease expires after 30 seconds. The lock is released when the holder ends."


def test_facts_are_compared_with_a_text(lightning: Lightning) -> None:
    facts = ["The lease expires after 30 seconds.", "The lease expires after 90 seconds."]
    found = lightning.verify_facts(facts, TEXT)
    assert [one.verdict for one in found.verdicts] == ["supported", "refuted"]
    assert (found.verified_count, found.total_count) == (1, 2)
    evidence = found.verdicts[0].evidence
    assert evidence is not None
    assert TEXT[evidence.start : evidence.end] == evidence.text


def test_results_statements_and_steps_are_judged(lightning: Lightning) -> None:
    assert not lightning.verify("task-1", "").is_valid
    agreement = lightning.check_consistency(["Research r1: Completed", "Research r1: Failed"])
    assert not agreement.is_consistent
    assert (agreement.pairs[0].first, agreement.pairs[0].second) == (0, 1)
    step = {"stepNumber": 1, "description": "d", "logic": "l", "conclusions": ["c"]}
    assert lightning.validate_reasoning([{**step, "confidence": 0.9}]).is_valid
    assert 0 <= lightning.evaluate_confidence(TEXT).score <= 1
    with pytest.raises(Invalid):
        lightning.check_consistency(["x"] * 1001)


async def test_the_awaiting_client_asks_too(async_lightning: AsyncLightning) -> None:
    agreement = await async_lightning.check_consistency(["Research r1: Completed"])
    assert agreement.is_consistent
