"""What the programs of a test run in, and how one is run."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
OURS = (
    "LIGHTNING_",
    "DJANGO_",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DEBUG",
    "ALLOWED_HOSTS",
    "PYTEST_CURRENT_TEST",  # another one for each test, and each would need a process of its own
)


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment of this process without anything that configures the product."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "lightning_site.settings",
        "SECRET_KEY": "only for tests, and the same in every instance of a test",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def run_python(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run Python in the repository and return what it printed on stdout.

    Raises:
        AssertionError: with stderr, when it failed.
    """
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if result.returncode:
        raise AssertionError(
            f"{' '.join(arguments)} ended with {result.returncode}:\n{result.stderr}"
        )
    return result.stdout
