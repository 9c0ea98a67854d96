"""§8, §11: who is refused for the moment is told when to come again."""

import pytest

from state.domain.errors import (
    DatabaseUnavailable,
    LightningError,
    NotFound,
    Overloaded,
    RateLimited,
    VerifierUnavailable,
)
from state.protocol.problems import problem


@pytest.mark.parametrize(
    "refusal", [Overloaded, RateLimited, DatabaseUnavailable, VerifierUnavailable]
)
def test_a_refusal_of_the_moment_says_when_to_come_again(refusal: type[LightningError]) -> None:
    assert int(problem(refusal(), "id").headers["Retry-After"]) >= 1


def test_another_refusal_does_not() -> None:
    assert "Retry-After" not in problem(NotFound(), "id").headers
