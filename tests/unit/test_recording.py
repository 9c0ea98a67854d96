"""The checker of recorded histories finds what it is there to find."""

from tests.concurrency.recording import OPEN, History, Read, Write


def read(version: int, began: float, *, client: str = "c", fresh: bool = True) -> Read:
    return Read("p", client, fresh, began, began + 0.5, version, f"m{version}")


def write(version: int | None, began: float, ended: float, mark: str = "") -> Write:
    return Write("p", mark or f"m{version}", began, ended, version)


def violations(*operations: Read | Write) -> list[str]:
    history = History()
    for operation in operations:
        history.note(operation)
    return history.violations()


def test_a_history_that_can_have_happened_passes() -> None:
    assert not violations(
        write(1, 0, 1), write(2, 0.5, 3), read(1, 1.5), read(2, 2), read(2, 4), write(3, 5, 6)
    )


def test_it_finds_an_old_no_cache_read() -> None:
    assert violations(write(1, 0, 1), write(2, 1.5, 2), read(1, 3))


def test_it_finds_no_cache_reads_out_of_order() -> None:
    assert violations(
        write(1, 0, 1), write(2, 1.5, 9), read(2, 2, client="a"), read(1, 4, client="b")
    )


def test_it_finds_a_client_that_went_back() -> None:
    assert violations(
        write(1, 0, 1), write(2, 1.5, 2), read(2, 3, fresh=False), read(1, 4, fresh=False)
    )


def test_a_cached_read_of_another_client_may_be_older() -> None:
    assert not violations(
        write(1, 0, 1),
        write(2, 1.5, 2),
        read(2, 3, fresh=False),
        read(1, 4, client="d", fresh=False),
    )


def test_it_finds_a_version_acknowledged_twice() -> None:
    assert violations(write(1, 0, 1, "a"), write(1, 2, 3, "b"))


def test_it_finds_versions_against_time() -> None:
    assert violations(write(2, 0, 1), write(1, 2, 3))


def test_it_finds_what_nobody_wrote() -> None:
    assert violations(write(1, 0, 1), read(2, 2))


def test_it_finds_a_read_from_the_future() -> None:
    assert violations(write(1, 5, 6), read(1, 2))


def test_a_write_without_an_answer_may_land_late_but_once() -> None:
    lost = write(None, 0, OPEN, "m2")
    assert not violations(write(1, 0, 1), lost, read(1, 5), read(2, 9))
    again = Read("p", "c", True, 12, 13, 3, "m2")
    assert violations(write(1, 0, 1), lost, read(2, 9), again)


def test_staleness_counts_from_the_first_newer_acknowledgement() -> None:
    history = History()
    for operation in (
        write(1, 0, 1),
        write(2, 1, 2),
        write(3, 2, 5),
        read(1, 3, fresh=False),
        read(3, 6, fresh=False),
        read(1, 1, fresh=True),
    ):
        history.note(operation)
    assert history.staleness() == [1.0, 0.0]
