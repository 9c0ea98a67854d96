"""LangGraph's and LangChain's callbacks, with real graphs."""

from collections.abc import Callable
from typing import Any, TypedDict

import pytest
from lightning_client import AgentState, Lightning

pytest.importorskip("langgraph", reason="make test-integrations installs it")

from langchain_core.language_models import FakeListChatModel
from langgraph.graph import END, START, StateGraph
from lightning_client.integrations.langchain import LightningCallbackHandler

from tests.client.integrations.conftest import PauseIt

NewId = Callable[[str], str]
FAST = {"heartbeat_seconds": 0.1, "pause_poll_seconds": 0.02}


class Notes(TypedDict):
    text: str


def graph_of(**nodes: Callable[[Notes], Any]) -> Any:
    builder = StateGraph(Notes)
    before = START
    for name, node in nodes.items():
        builder.add_node(name, node)
        builder.add_edge(before, name)
        before = name
    builder.add_edge(before, END)
    return builder.compile()


@pytest.fixture
def handler(lightning: Lightning, new_id: NewId) -> Any:
    ids = {"agent_id": new_id("graph"), "research_id": new_id("research")}
    made = LightningCallbackHandler(lightning, **ids, query="Why?", **FAST)
    yield made
    made.close()


def agent(lightning: Lightning, handler: Any) -> AgentState:
    return lightning.get("agent", handler.agent.agent_id, fresh=True)


def test_a_run_shows_as_agent_and_research(lightning: Lightning, handler: Any) -> None:
    seen: list[AgentState] = []
    model = FakeListChatModel(responses=["An answer."])

    def plan(state: Notes) -> Notes:
        seen.append(agent(lightning, handler))
        return {"text": str(model.invoke(state["text"]).content)}

    def write(state: Notes) -> Notes:
        seen.append(agent(lightning, handler))
        return state

    config = {"callbacks": [handler], "configurable": {"thread_id": "t-1"}}
    result = graph_of(plan=plan, write=write).invoke({"text": "Why?"}, config=config)
    assert result == {"text": "An answer."}
    assert [(one.status, one.properties["step"]) for one in seen] == [
        ("Processing", "plan"),
        ("Processing", "write"),
    ]
    assert seen[0].active_task_ids
    assert seen[0].properties["thread"] == "t-1"
    after = agent(lightning, handler)
    assert (after.status, after.active_task_ids) == ("Ready", [])
    assert after.performance_metrics == {"runs": 1, "modelCalls": 1}
    assert after.agent_type == "LangGraph"
    research = lightning.get("research", handler._research.research_id)
    assert (research.status, research.iteration_count, research.query) == ("Completed", 2, "Why?")


def test_a_run_that_fails_shows_why(lightning: Lightning, handler: Any) -> None:
    def break_down(state: Notes) -> Notes:
        raise ValueError("no more paper")

    with pytest.raises(ValueError, match="paper"):
        graph_of(break_down=break_down).invoke({"text": ""}, config={"callbacks": [handler]})
    failed = agent(lightning, handler)
    assert (failed.status, failed.active_task_ids) == ("Failed", [])
    assert failed.properties["error"] == "ValueError: no more paper"
    research = lightning.get("research", handler._research.research_id)
    assert research.status == "Failed"
    graph_of(plan=lambda state: state).invoke({"text": ""}, config={"callbacks": [handler]})
    assert agent(lightning, handler).status == "Ready", "the next run begins anew"


def test_a_paused_graph_stands_still_until_it_is_resumed(
    lightning: Lightning, handler: Any, pauses: PauseIt
) -> None:
    graph = graph_of(plan=lambda state: state)
    config = {"callbacks": [handler]}
    graph.invoke({"text": ""}, config=config)
    pauses(handler.agent.agent_id, lambda: graph.invoke({"text": ""}, config=config))
    assert agent(lightning, handler).performance_metrics["runs"] == 2


def test_a_graph_is_paused_between_two_nodes(
    lightning: Lightning, handler: Any, pauses: PauseIt
) -> None:
    steps: list[str] = []

    def plan(state: Notes) -> Notes:
        steps.append("plan")
        lightning.update_agent_status(handler.agent.agent_id, "Paused")
        return state

    def write(state: Notes) -> Notes:
        steps.append("write")
        assert agent(lightning, handler).status != "Paused"
        return state

    graph = graph_of(plan=plan, write=write)
    graph_of(nothing=lambda state: state).invoke({"text": ""}, config={"callbacks": [handler]})
    pauses_at = handler.agent.agent_id

    def run() -> None:
        graph.invoke({"text": ""}, config={"callbacks": [handler]})

    import threading

    thread = threading.Thread(target=run)
    thread.start()
    while "plan" not in steps or lightning.get("agent", pauses_at).status != "Paused":
        assert thread.is_alive()
    assert steps == ["plan"]
    lightning.update_agent_status(pauses_at, "Processing")
    thread.join(60)
    assert steps == ["plan", "write"]


async def test_awaiting_graphs_report_too(lightning: Lightning, handler: Any) -> None:
    async def plan(state: Notes) -> Notes:
        return state

    await graph_of(plan=plan).ainvoke({"text": ""}, config={"callbacks": [handler]})
    assert agent(lightning, handler).performance_metrics["runs"] == 1


def test_a_graph_runs_on_where_it_cannot_be_seen(new_id: NewId) -> None:
    with Lightning("http://127.0.0.1:9", strategy="HighPerformance") as nobody:
        handler = LightningCallbackHandler(nobody, new_id("graph"), **FAST)
        result = graph_of(plan=lambda state: state).invoke(
            {"text": "x"}, config={"callbacks": [handler]}
        )
        handler.close()
    assert result == {"text": "x"}
