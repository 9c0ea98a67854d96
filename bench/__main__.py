"""`python -m bench [scenario …]`: measures, prints one table, keeps it in bench/RESULTS.md."""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Row
from bench.machine import describe_machine, describe_revision
from bench.rounds import Effort
from bench.scenarios import SCENARIOS
from bench.stand import Stand
from bench.table import as_markdown, as_text
from bench.wrk import BrokenRun
from tests.rig.environment import REPOSITORY

TOPOLOGIES = ("postgres+redis", "sqlite")
RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
PEERS_VARIABLE = "BENCH_PEERS_PYTHON"
PEERS_PYTHON = REPOSITORY / "var" / "peers" / "bin" / "python"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}; default all")
    parser.add_argument("--rounds", type=int, default=5, help="of every measurement (default 5)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of a round (default 5)")
    parser.add_argument("--warm-up", type=float, default=2.0, help="seconds before (default 2)")
    parser.add_argument("--on", choices=TOPOLOGIES, action="append", help="default: both")
    parser.add_argument("--keep", action="store_true", help=f"write {RESULTS.name}")
    parser.add_argument(
        "--peers-python",
        type=Path,
        metavar="PATH",
        default=os.environ.get(PEERS_VARIABLE) or None,
        help="the Python that Agent Lightning is installed for"
        f" (default ${PEERS_VARIABLE}, or var/peers/bin/python when it is there)",
    )
    arguments = parser.parse_args()
    if arguments.peers_python is None:
        arguments.peers_python = PEERS_PYTHON if PEERS_PYTHON.exists() else None
    elif not arguments.peers_python.exists():
        parser.error(f"there is no {arguments.peers_python}")
    unknown = set(arguments.scenarios) - SCENARIOS.keys()
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    return arguments


def measure(
    topology: str, names: list[str], effort: Effort, peers_python: Path | None
) -> list[Row]:
    rows: list[Row] = []
    stand = Stand(topology, peers_python and peers_python.absolute())
    try:
        for name in names:
            scenario = SCENARIOS[name]
            if scenario.needs_postgres and not stand.has_postgres:
                continue
            started = time.monotonic()
            try:
                rows += scenario.measure(stand, effort)
            except BrokenRun as error:
                print(f"{topology}: {name} means nothing: {error}", file=sys.stderr)
            seconds = time.monotonic() - started
            print(f"{topology}: {name} took {seconds:.0f} s", file=sys.stderr)
    finally:
        stand.close()
    return rows


def main() -> int:
    arguments = parse_arguments()
    effort = Effort(arguments.rounds, arguments.seconds, arguments.warm_up)
    names = arguments.scenarios or list(SCENARIOS)
    sections = []
    missed = 0
    for topology in arguments.on or TOPOLOGIES:
        rows = measure(topology, names, effort, arguments.peers_python)
        print(f"\n{topology}\n\n{as_text(rows)}\n")
        sections.append(f"## {topology}\n\n{as_markdown(rows)}\n")
        missed += sum(row.is_met is False for row in rows)
    if arguments.keep:
        RESULTS.write_text(introduction(effort) + "\n".join(sections))
    print(f"{missed} targets missed")
    return 0


def introduction(effort: Effort) -> str:
    return (
        "# Results of `make bench`\n\n"
        f"Measured on {datetime.now(UTC):%Y-%m-%d} at revision {describe_revision()}:"
        f" {describe_machine()}.\n"
        f"{effort.rounds} rounds of {effort.seconds:g} s in turn; medians, and the spread from"
        " the lowest to the highest round. Databases, servers and the load generator share the"
        " machine: read the ratios. How it is measured: [README.md](README.md).\n\n"
    )


if __name__ == "__main__":
    sys.exit(main())
