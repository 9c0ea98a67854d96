"""`python -m bench.silence AGENTS ROUNDS`: milliseconds of each round over silent agents."""

import sys
import time
from datetime import timedelta

import django

django.setup()

from django.db.models.functions import Now  # noqa: E402

from state.alerts.rules import built_in_rules, named  # noqa: E402
from state.alerts.silence import silent_agents  # noqa: E402
from state.models import AgentHeartbeat, AgentState  # noqa: E402
from state.store.clock import database_now  # noqa: E402

SILENT_SECONDS = 300.0


def fill(count: int) -> None:
    """Agents that are Processing, unchanged for long, and heard of just now: all are looked at."""
    now = database_now()
    for first in range(0, count, 1_000):
        ids = [f"a{number}" for number in range(first, first + 1_000)]
        AgentState.objects.bulk_create(
            AgentState(
                id=one, version=1, live=True, status="Processing", agent_type="Bench",
                document="{}", created_at=now, updated_at=now - timedelta(hours=1),
            )
            for one in ids
        )  # fmt: skip
        AgentHeartbeat.objects.bulk_create(
            AgentHeartbeat(agent_id=one, last_seen=Now()) for one in ids
        )


def main() -> None:
    """Prints a line a round."""
    count, rounds = (int(one) for one in sys.argv[1:])
    fill(count)
    rules = built_in_rules(
        slow_operation_ms=100, silent_seconds=SILENT_SECONDS, verified_threshold=0.75
    )
    for _ in range(rounds + 1):  # the first one warms up
        began_at = time.perf_counter()
        silent = silent_agents(named(rules)["agent_silent"], SILENT_SECONDS, {})
        milliseconds = 1000 * (time.perf_counter() - began_at)
        assert not silent
        print(f"{milliseconds:.2f}")


if __name__ == "__main__":
    main()
