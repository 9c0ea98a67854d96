"""Finds the folder of an installed package without importing it."""

from importlib.util import find_spec
from pathlib import Path


def installed_package(name: str) -> Path:
    """The folder of a package; its programs are wanted, its Python layer is not.

    Raises:
        AssertionError: when it is not installed, with what to do about it.
    """
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise AssertionError(f"{name} is not installed: pip install -r requirements-dev.txt")
    return Path(next(iter(spec.submodule_search_locations)))
