"""Whether tasks of the agents on open pages have changed."""

from collections.abc import Collection

from dashboard.live.connection import Connection
from dashboard.live.polled import Polled
from state.service.tasking import digest_of_tasks

TOPIC = "tasks"
"""A page that shows an agent's tasks asks for this one."""
EVERY_SECONDS = 0.4


def read_digests(agent_ids: Collection[str]) -> dict[str, str]:
    """The digest of each agent's tasks, as its page shows them."""
    return {agent_id: digest_of_tasks(agent_id) for agent_id in sorted(agent_ids)}


def _shows_tasks(connection: Connection) -> bool:
    return TOPIC in connection.watch.topics


def task_digests() -> Polled:
    return Polled("tasks", EVERY_SECONDS, read_digests, lambda one: one.tasks_sent, _shows_tasks)
