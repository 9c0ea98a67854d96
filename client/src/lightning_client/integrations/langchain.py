"""LangGraph and LangChain: runs and nodes show as an agent, and a research if there is one.

handler = LightningCallbackHandler(lightning, "planner")
graph.invoke(state, config={"callbacks": [handler]})
"""

from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import LLMResult

from lightning_client import Lightning
from lightning_client.integrations.reporter import AgentReporter
from lightning_client.integrations.research import ResearchReporter


class LightningCallbackHandler(BaseCallbackHandler):
    """Reports runs, nodes, models and tools of one graph or chain.

    A node waits while an operator has the agent Paused: it is where a graph can stand still. So
    does every tool and every model call.

    Args:
        agent_id: the agent's state; created when it is not there.
        research_id: a research that this run works on: InProgress while it runs, Completed or
            Failed at its end, an iteration a node.
        query: what is researched, for a research that is not there yet.
    """

    raise_error = False
    run_inline = False

    def __init__(
        self,
        lightning: Lightning,
        agent_id: str,
        *,
        agent_type: str = "LangGraph",
        research_id: str | None = None,
        query: str = "",
        **options: Any,
    ) -> None:
        self.agent = AgentReporter(lightning, agent_id, agent_type, **options)
        self._research = (
            ResearchReporter(lightning, research_id, query or research_id) if research_id else None
        )
        self._roots: set[UUID] = set()
        self._nodes: dict[UUID, str] = {}

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A run begins (it has no parent), or a node of its graph."""
        name = str(kwargs.get("name") or "run")
        if parent_run_id is None:
            self._roots.add(run_id)
            thread = (metadata or {}).get("thread_id")
            self.agent.begin(str(run_id), run=name, **({"thread": str(thread)} if thread else {}))
            if self._research is not None:
                self._research.begin()
            return
        node = (metadata or {}).get("langgraph_node")
        # A node's own runnables carry its name in their metadata too: they are no steps.
        if node is not None and node == name:
            self._nodes[run_id] = node
            self.agent.step(node)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        if run_id in self._roots:
            self._roots.discard(run_id)
            self.agent.finish(str(run_id), runs=1)
            if self._research is not None:
                self._research.complete()
        elif self._nodes.pop(run_id, None) is not None and self._research is not None:
            self._research.iterated()

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._nodes.pop(run_id, None)
        if run_id in self._roots:
            self._roots.discard(run_id)
            reason = f"{type(error).__name__}: {error}"
            self.agent.fail(str(run_id), reason)
            if self._research is not None:
                self._research.fail(reason)

    def on_chat_model_start(
        self, serialized: dict[str, Any] | None, messages: list[list[Any]], **kwargs: Any
    ) -> None:
        self.agent.wait_while_paused()

    def on_llm_start(
        self, serialized: dict[str, Any] | None, prompts: list[str], **kwargs: Any
    ) -> None:
        self.agent.wait_while_paused()

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        """Counts what the model used, where it says so."""
        used = _tokens(response)
        if used:
            self.agent.measure(modelCalls=1, tokens=used)
        else:
            self.agent.measure(modelCalls=1)

    def on_tool_start(
        self, serialized: dict[str, Any] | None, input_str: str, **kwargs: Any
    ) -> None:
        name = kwargs.get("name") or (serialized or {}).get("name") or "tool"
        self.agent.wait_while_paused()
        self.agent.note(tool=str(name))

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        self.agent.note(tool=None)

    def close(self) -> None:
        """Stop the heartbeat."""
        self.agent.close()


def _tokens(response: LLMResult) -> int:
    total = 0
    for generations in response.generations:
        for generation in generations:
            usage = getattr(getattr(generation, "message", None), "usage_metadata", None)
            total += int((usage or {}).get("total_tokens", 0))
    return total
