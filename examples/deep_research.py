"""Agents that research a question in real text and keep their state in Lightning State.

    python examples/deep_research.py "How does httpx handle timeouts?"
    python examples/deep_research.py --forever --corpus ~/notes

The team is in the folder next to this file: start reading at research_team/team.py.
"""

import sys

from research_team.cli import main

if __name__ == "__main__":
    sys.exit(main())
