"""LangGraph: a graph whose nodes show in the dashboard, and which goes on after a crash.

    pip install './client[langgraph]' langgraph-checkpoint-sqlite
    python examples/langgraph_agent.py "Why do locks expire?"

Kill it with SIGKILL in the middle: its heartbeat stops and the agent shows as silent. Start it
again: LangGraph's checkpoint, in a file, resumes it at the node it was in. Pause `langgraph-agent`
in the dashboard: it stands still before its next node.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any, TypedDict

from langchain_core.language_models import FakeListChatModel
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from lightning_client.integrations.environment import from_environment
from lightning_client.integrations.langchain import LightningCallbackHandler

STEPS = ("plan", "search", "compare", "write", "review")


class Notes(TypedDict):
    question: str
    notes: list[str]


def build(seconds_per_step: float) -> Any:
    """Five nodes in a row, each with a model that needs no network."""
    model = FakeListChatModel(responses=[f"{step}: done" for step in STEPS])
    builder = StateGraph(Notes)
    before = START
    for step in STEPS:

        def work(state: Notes, step: str = step) -> dict[str, list[str]]:
            print(f"  {step}", flush=True)
            time.sleep(seconds_per_step)
            said = str(model.invoke(f"{step} {state['question']}").content)
            return {"notes": [*state["notes"], said]}

        builder.add_node(step, work)
        builder.add_edge(before, step)
        before = step
    builder.add_edge(before, END)
    return builder


def main() -> int:
    parser = argparse.ArgumentParser(description="A LangGraph graph on Lightning State.")
    parser.add_argument("question", nargs="?", default="Why do locks expire?")
    parser.add_argument("--thread", default="example", help="what LangGraph resumes by")
    parser.add_argument("--checkpoints", type=Path, default=Path("var/langgraph.sqlite3"))
    parser.add_argument("--seconds-per-step", type=float, default=1.0)
    parser.add_argument("--agent-id", default="langgraph-agent")
    options = parser.parse_args()
    options.checkpoints.parent.mkdir(parents=True, exist_ok=True)
    lightning = from_environment()
    research_id = f"{options.agent_id}:{options.thread}"
    handler = LightningCallbackHandler(
        lightning,
        options.agent_id,
        research_id=research_id,
        query=options.question,
        heartbeat_seconds=1.0,
    )
    config: Any = {"configurable": {"thread_id": options.thread}, "callbacks": [handler]}
    with SqliteSaver.from_conn_string(str(options.checkpoints)) as saver:
        graph = build(options.seconds_per_step).compile(checkpointer=saver)
        unfinished = graph.get_state(config).next
        if unfinished:
            print(f"resuming at {', '.join(unfinished)}", flush=True)
        start = None if unfinished else {"question": options.question, "notes": []}
        result = graph.invoke(start, config=config, durability="sync")
    handler.close()
    print("\n".join(result["notes"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
