"""Submissions that carry records, against the database of the environment; run by test_records."""

import sys
import threading
from datetime import datetime
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from state.domain.commands import (  # noqa: E402
    Command,
    IdempotencyKey,
    Outcome,
    Patch,
    Put,
    Receipt,
    Submission,
    Written,
)
from state.domain.judge import Rules  # noqa: E402
from state.domain.kinds import Kind  # noqa: E402
from state.domain.records import Record, RecordTable  # noqa: E402
from state.store.engine import apply  # noqa: E402
from state.store.fetch import run_query  # noqa: E402

TABLE = RecordTable(
    "kept", ("id",), {"priority": "integer", "share": "double precision", "result": "text"}
)
AGENT = {
    "agentType": "Researcher",
    "status": "Ready",
    "properties": {},
    "activeTaskIds": [],
    "performanceMetrics": {},
}


def settle(outcomes: Any, now: datetime) -> dict[str, Any]:
    return {"result": ",".join(str(version_of(one)) for one in outcomes)}


def version_of(outcome: Outcome) -> int:
    assert isinstance(outcome, Written), outcome
    return outcome.version


def record(name: str, **values: Any) -> Record:
    return Record(TABLE, (name,), values={"priority": 1, "share": 1, **values}, settle=settle)


def put(state_id: str) -> Command:
    return Command(Kind.AGENT, state_id, Put(dict(AGENT)))


def patch(state_id: str) -> Command:
    return Command(Kind.AGENT, state_id, Patch({"properties": {}}))


def submit(*submissions: Submission) -> list[Receipt]:
    return apply(submissions, Rules())


def rows() -> dict[str, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in run_query("select id, result, share, outcome from kept")}


def version(state_id: str) -> int:
    found = run_query("select version from state_agentstate where id = %s", [state_id])
    return found[0][0] if found else 0


def lands_with_its_write() -> None:
    [receipt] = submit(Submission([put("a")], records=[record("t1", share=0.5)]))
    assert version_of(receipt.outcomes[0]) == 1
    assert not receipt.replayed
    assert rows()["t1"][:2] == ("1", 0.5)


def answers_what_comes_again() -> None:
    [receipt] = submit(Submission([patch("a")], records=[record("t1")]))
    assert receipt.replayed
    assert receipt.outcomes == []
    assert version("a") == 1


def is_not_there_after_a_refusal() -> None:
    [receipt] = submit(Submission([patch("nobody")], records=[record("t2")]))
    assert not isinstance(receipt.outcomes[0], Written)
    assert "t2" not in rows()
    [again] = submit(Submission([put("nobody")], records=[record("t2")]))
    assert version_of(again.outcomes[0]) == 1


def has_its_own_values() -> None:
    """The first of a batch claims the place, and is refused; the second one fills it."""
    _, second = submit(
        Submission([patch("nowhere")], records=[record("t6", share=3)]),
        Submission([put("somewhere")], records=[record("t6", share=4)]),
    )
    assert isinstance(second.outcomes[0], Written)
    assert rows()["t6"][:2] == ("1", 4.0)


def comes_alone() -> None:
    first, second = submit(
        Submission([], records=[record("t3", share=2)]), Submission([], records=[record("t3")])
    )
    assert (first.replayed, second.replayed) == (False, True)
    assert rows()["t3"][1] == 2.0


def goes_with_a_key() -> None:
    key = IdempotencyKey("caller", "key", "digest")
    both = Submission([put("b")], key=key, records=[record("t4")])
    [first] = submit(both)
    [second] = submit(both)
    assert version_of(first.outcomes[0]) == version_of(second.outcomes[0]) == 1
    assert second.replayed
    [by_record] = submit(Submission([patch("b")], records=[record("t4")]))
    assert by_record.replayed
    assert version("b") == 1


def is_claimed_once_by_many() -> None:
    [_] = submit(Submission([put("c")]))
    receipts: list[Receipt] = []

    def claim() -> None:
        submission = Submission([patch("c")], records=[record("t5")])
        [receipt] = submit(submission)
        while receipt.held_up:
            [receipt] = apply([submission], Rules(), receipt.held_up)
        receipts.append(receipt)
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.replayed for receipt in receipts) == [False] + [True] * 7
    assert version("c") == 2


def main() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create table kept (id varchar(50) primary key, digest text not null, outcome text"
            " not null, created_at timestamp not null, priority integer, share float,"
            " result text)"
        )
    for promise in (
        lands_with_its_write,
        answers_what_comes_again,
        is_not_there_after_a_refusal,
        has_its_own_values,
        comes_alone,
        goes_with_a_key,
        is_claimed_once_by_many,
    ):
        promise()
        print(promise.__name__)
    sys.stdout.flush()


main()
