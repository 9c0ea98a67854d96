"""Shares the tests of a parallel run out: those that use one server go to one process.

pytest-xdist's own groups (`--dist loadgroup`) are without effect from pytest 9.2 on: it hands them
over in an attribute that pytest no longer reads.
"""

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadScopeScheduling


class SharedOut(LoadScopeScheduling):
    """Groups are handed out in the order of their first tests, whole, to whoever is free.

    Args:
        told: the file in which the processes write their tests' groups.
    """

    def __init__(self, config: Any, log: Any, told: Path) -> None:
        super().__init__(config, log)
        self._told = told
        config.option.loadscopereorder = False

    @cached_property
    def _groups(self) -> Mapping[str, str]:
        groups: Mapping[str, str] = json.loads(self._told.read_text())
        return groups

    def _split_scope(self, nodeid: str) -> str:
        return self._groups.get(nodeid, nodeid)


def tell(told: Path, groups: Mapping[str, str]) -> None:
    """Each process says the same; the file is there whole or not at all."""
    written = told.with_suffix(f".{os.getpid()}")
    written.write_text(json.dumps(groups))
    written.rename(told)
