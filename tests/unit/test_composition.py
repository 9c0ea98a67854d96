"""The composition root: importing the product opens nothing, the first call puts it together."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, threading
before = set(os.listdir("/proc/self/fd"))
import lightning_site.asgi
assert threading.active_count() == 1, threading.enumerate()
opened = [os.readlink(f"/proc/self/fd/{fd}") for fd in set(os.listdir("/proc/self/fd")) - before
          if os.path.exists(f"/proc/self/fd/{fd}")]
assert not opened, opened
from state.service.composition import parts
try:
    parts()
except FileNotFoundError as error:
    print("the table is opened now:", error.filename)
"""


def test_importing_the_application_opens_no_file_no_redis_and_no_thread(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "LIGHTNING_VAR_DIR": str(tmp_path),
        "LIGHTNING_SHARED_TABLE": str(tmp_path / "not-there"),
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith("the table is opened now:")
    assert answer.stdout.strip().endswith("not-there")
