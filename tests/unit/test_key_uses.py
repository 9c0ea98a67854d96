"""A key's use is written once a minute at most, and never where it is noted."""

import pytest

from state.access import uses
from state.access.uses import KeyUses


class Table:
    """What would be written, statement by statement."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []
        self.fails = False

    def filter(self, prefix__in: list[str]) -> "Table":
        if self.fails:
            raise OSError("the database is away")
        self.statements.append(prefix__in)
        return self

    def update(self, **values: object) -> None:
        assert set(values) == {"last_used_at"}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    written = Table()
    monkeypatch.setattr(uses, "ApiKey", type("ApiKey", (), {"objects": written}))
    return written


def test_uses_are_written_together_and_not_again_within_the_minute(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(uses.time, "monotonic", lambda: now)
    noted = KeyUses()
    for key_id in ("b", "a", "b"):
        noted.note(key_id)
    assert table.statements == []
    assert noted.write() == 2
    noted.note("a")
    noted.note("c")
    assert noted.write() == 1
    now += uses.KEPT_FOR_SECONDS + 1
    noted.note("a")
    noted.write()
    assert table.statements == [["a", "b"], ["c"], ["a"]]


def test_what_could_not_be_written_is_tried_again(table: Table) -> None:
    noted = KeyUses()
    noted.note("a")
    table.fails = True
    with pytest.raises(OSError, match="away"):
        noted.write()
    table.fails = False
    assert noted.write() == 1
