"""What an agent's page makes of its tasks and registration, and when it is read anew."""

import pytest

from dashboard.live.connection import Connection
from dashboard.live.tasks import TOPIC, task_digests
from dashboard.live.watch import Watch, WatchMessage
from dashboard.pages.agents.registration import other_properties, present_registration
from dashboard.pages.agents.tasks import present_task
from state.domain.kinds import Kind
from state.tasks.listing import BriefTask

AT = "2026-01-31T12:00:00.000000Z"


def task(**members: str | None) -> BriefTask:
    given = {"description_shown": "", "result_shown": None, "executed_shown": None, **members}
    return BriefTask("t", "Dig", "Completed", 7, AT, AT, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("members", "result"),
    [
        ({}, "–"),
        ({"result_shown": "gold"}, "gold"),
        ({"executed_shown": '{"at":"x","kind":"agent","versions":{"a":2},"many":false}'},
         "wrote agent a v2"),
        ({"executed_shown": '{"at":"x","result":"{\\"removed\\":0}"}'}, '{"removed":0}'),
        ({"executed_shown": '{"at":"x","result":"cut'}, '{"at":"x","result":"cut'),
    ],
)  # fmt: skip
def test_a_tasks_result_is_what_it_told_or_wrote(members: dict[str, str], result: str) -> None:
    assert present_task(task(**members)).result == result


def test_a_long_result_is_cut_and_at_hand() -> None:
    shown = present_task(task(result_shown="gold " * 100))
    assert len(shown.result) < 100
    assert shown.whole_result == "gold " * 100


def test_a_registration_is_told_apart_from_other_properties() -> None:
    properties = {
        "clientId": "c",
        "capabilities": {"dig": True},
        "registeredAt": AT,
        "isActive": True,
        "model": "x",
    }
    registration = present_registration(properties)
    assert registration is not None
    assert [(one.name, one.text) for one in registration.capabilities] == [("dig", "true")]
    assert other_properties(properties) == {"model": "x"}
    assert present_registration({"capabilities": "none", "registeredAt": AT}) is None


def test_a_page_is_told_of_its_agents_tasks_once_a_change() -> None:
    page, other, digests = Connection(), Connection(), task_digests()
    rows = {Kind.AGENT: ["a"]}
    other.show(Watch(WatchMessage(rows=rows)))
    assert digests.due_at([other]) == float("inf")
    page.show(Watch(WatchMessage(rows=rows, topics=[TOPIC])))
    assert digests.agents_of([page, other]) == {"a"}
    digests.keep({"a": "1"})
    assert digests.news_for(page) == {"a": "1"}
    assert digests.news_for(page) == {}
    page.show(Watch(WatchMessage(rows=rows, topics=[TOPIC])))
    assert digests.news_for(page) == {}
    digests.keep({"a": "2"})
    assert digests.news_for(page) == {"a": "2"}
    assert digests.news_for(other) == {}
