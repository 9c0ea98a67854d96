"""The Lightning wire: the calls of existing clients, below ``/api/`` (contract §12)."""

from state.operations.wire import agents, resources, server, tasks

PREFIX = "/api/"
OPERATIONS = [
    *server.OPERATIONS,
    *agents.OPERATIONS,
    *tasks.OPERATIONS,
    *resources.OPERATIONS,
]
