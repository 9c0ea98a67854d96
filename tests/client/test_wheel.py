"""The package by itself: a wheel in an empty environment, and the README's two lines."""

import re
import subprocess
import sys
import venv
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

import pytest
from lightning_client import Lightning

from tests.rig.server import Server

MOST_PACKAGES = 12
NO_INDEX = re.compile("No matching distribution|Could not find a version|Failed to establish")


def run(*command: object, cwd: Path) -> str:
    """What it printed; skips the test where there is no package index."""
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if result.returncode and NO_INDEX.search(result.stderr):
        pytest.skip("no package index can be reached")
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.slow
def test_the_wheel_works_alone(
    server: Server,
    lightning: Lightning,
    repository: Path,
    tmp_path: Path,
    new_id: Callable[[str], str],
) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    alone = ("--no-deps", "--no-build-isolation")  # the development install has the build backend
    run(*pip, "wheel", "-q", *alone, "-w", tmp_path, repository / "client", cwd=tmp_path)
    (wheel,) = tmp_path.glob("lightning_client-*.whl")
    venv.create(tmp_path / "empty", with_pip=False)
    python = tmp_path / "empty" / "bin" / "python"
    run(*pip, "--python", python, "install", "-q", "--no-compile", wheel, cwd=tmp_path)
    (installed,) = (tmp_path / "empty" / "lib").glob("python3*/site-packages")
    names = [one.name for one in distributions(path=[str(installed)])]
    assert len(names) <= MOST_PACKAGES, names
    assert not {name.lower() for name in names} & {"django", "typer", "rich"}

    agent_id = new_id("agent")
    readme = (repository / "client" / "README.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(re.findall(r"^    lightning\.", program, re.MULTILINE)) == 2, "two lines do it"
    key = server.backend.keys["agent"]
    program = program.replace("http://127.0.0.1:8000", server.url).replace("agent-1", agent_id)
    run(python, "-c", f"key = {key!r}\n{program}", cwd=tmp_path)
    state = lightning.get("agent", agent_id)
    assert (state.version, state.properties) == (2, {"step": 3})
    assert (installed / "lightning_client" / "py.typed").exists()
