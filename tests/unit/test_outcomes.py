"""§2: what an Idempotency-Key remembers of a batch, when the caller's binding has changed since."""

from state.domain.commands import Command, Patch, Written
from state.domain.errors import Forbidden, VersionConflict
from state.domain.kinds import Kind
from state.store.outcomes import dump_outcomes, load_outcomes


def command(state_id: str) -> Command:
    return Command(Kind.AGENT, state_id, Patch({}))


ONE, TWO, THREE = (command(state_id) for state_id in ("one", "two", "three"))
KEPT = dump_outcomes([ONE, TWO], [Written(Kind.AGENT, "one", 7), VersionConflict(3)])


def test_what_was_stored_comes_back() -> None:
    written, refused = load_outcomes(KEPT, [ONE, TWO])
    assert written == Written(Kind.AGENT, "one", 7)
    assert isinstance(refused, VersionConflict)
    assert refused.current_version == 3


def test_what_may_not_be_written_any_more_is_left_out() -> None:
    [refused] = load_outcomes(KEPT, [TWO])
    assert isinstance(refused, VersionConflict)


def test_what_could_not_be_written_then_stays_refused() -> None:
    written, refused = load_outcomes(KEPT, [ONE, THREE])
    assert isinstance(written, Written)
    assert isinstance(refused, Forbidden)
