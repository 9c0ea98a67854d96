"""The memory that the workers of one server share: their table of versions."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from state.cache.shared_versions import ENVIRONMENT_VARIABLE, SharedVersions


@dataclass(frozen=True, slots=True)
class SharedTable:
    """What a worker needs to open the table: its environment, and descriptors to inherit."""

    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()


@contextmanager
def shared_table() -> Iterator[SharedTable]:
    """An empty table, gone with the server."""
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryDirectory(prefix="lightning-") as directory:
            path = Path(directory) / "versions"
            SharedVersions.create(path)
            yield SharedTable({ENVIRONMENT_VARIABLE: str(path)})
        return
    # Anonymous memory (Linux): nothing is left on a disk when the server is killed.
    descriptor = os.memfd_create("lightning-versions")
    try:
        path = Path(f"/proc/self/fd/{descriptor}")
        SharedVersions.create(path)
        yield SharedTable({ENVIRONMENT_VARIABLE: str(path)}, (descriptor,))
    finally:
        os.close(descriptor)
