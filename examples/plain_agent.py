"""Plain Python: a decorator reports the agent's calls, a handler its log lines.

    python examples/plain_agent.py

Pause `plain-agent` in the dashboard and its next call waits; set it to Ready and it goes on.
"""

import logging
import sys
import time

from lightning_client.integrations.environment import from_environment
from lightning_client.integrations.plain import LightningHandler, reports_state

lightning = from_environment()
logger = logging.getLogger("plain-agent")


@reports_state("plain-agent", lightning, agent_type="Counter")
def count_words(text: str) -> int:
    logger.info("counting the words of %r", text)
    return len(text.split())


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    handler = LightningHandler("plain-agent", lightning)
    logger.addHandler(handler)
    for number in range(1, rounds + 1):
        print(count_words("one agent reports " * number))
        time.sleep(0.5)
    handler.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
