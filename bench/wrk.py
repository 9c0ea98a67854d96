"""Puts load on a server with wrk, a compiled generator."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent / "lua"
HOW_TO_GET_IT = "wrk is missing: apt-get install wrk"
_REFUSED_MAX = 0.001


class BrokenRun(Exception):
    """A measurement that means nothing: requests failed."""


@dataclass(frozen=True)
class Load:
    """What wrk measured: a closed loop, so that a slow answer delays the next question."""

    requests: int
    seconds: float
    refused: int
    broken: int
    mean_us: float
    p50_us: float
    p95_us: float
    p99_us: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def run_wrk(
    url: str, script: str, *, connections: int, seconds: float, key: str = "", **settings: object
) -> Load:
    """Runs one of the scripts in ``lua/``; settings reach it as BENCH_<NAME>.

    Raises BrokenRun when answers were refused or did not come.
    """
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit(HOW_TO_GET_IT)
    environment = {f"BENCH_{name.upper()}": str(value) for name, value in settings.items()}
    result = subprocess.run(
        [
            program,
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",  # it takes whole seconds
            "--timeout=10s",
            "-s",
            str(SCRIPTS / f"{script}.lua"),
            url,
        ],
        env={**os.environ, **environment, "BENCH_KEY": key, "BENCH_LUA": str(SCRIPTS)},
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    lines = [line for line in result.stdout.splitlines() if line.startswith("RESULT ")]
    if result.returncode or not lines:
        raise BrokenRun(f"wrk ended with {result.returncode}: {result.stdout}{result.stderr}")
    load = Load(**json.loads(lines[-1].removeprefix("RESULT ")))
    if load.refused + load.broken > load.requests * _REFUSED_MAX or not load.requests:
        raise BrokenRun(f"{script}.lua: {load}")
    return load
