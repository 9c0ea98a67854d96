"""`python -m bench.past DATABASE_URL`: how long the fleet at a moment takes, on a long log."""

import argparse
import os
import statistics
import time

import django

MOMENTS = (0.02, 0.25, 0.5, 0.75, 0.99, 1.0)
"""Parts of the log."""


def measure(rounds: int) -> None:
    """A line a moment: median seconds of a page of the list, and of it this process's processor."""
    from state.changelog.read import cursor_at, log_position
    from state.domain.kinds import Kind
    from state.domain.queries import ListQuery
    from state.service.past import list_states_at

    log = log_position()
    query = ListQuery.parse(Kind.AGENT, {"status": "Ready", "ordering": "-lastUpdated"})
    for part in MOMENTS:
        place = cursor_at(log.epoch, int(log.last_seq * part))
        took, spent = [], []
        for _ in range(rounds):
            began, processor = time.perf_counter(), time.process_time()
            page = list_states_at(query, place)
            took.append(time.perf_counter() - began)
            spent.append(time.process_time() - processor)
        print(
            f"{part:5.0%} of {log.last_seq:,} changes: {page.counts.total():,} agents,"
            f" {statistics.median(took):.2f} s, {statistics.median(spent):.2f} s of processor"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.past", description=__doc__)
    parser.add_argument("database_url", help="filled by bench.long_log")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ["DATABASE_URL"] = arguments.database_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lightning_site.settings")
    django.setup()
    measure(arguments.rounds)


if __name__ == "__main__":
    main()
