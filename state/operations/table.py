"""Every call below ``/api``, and which one a request is."""

from collections.abc import Iterable

from state.domain.errors import MethodNotAllowed
from state.domain.kinds import Kind
from state.operations import (
    alerts,
    batches,
    cache,
    events,
    facts,
    heartbeats,
    history,
    instances,
    jobs,
    keys,
    lists,
    locks,
    metrics,
    snapshot,
    states,
    summary,
    verification,
    wire,
)
from state.operations.operation import Operation
from state.protocol.call import Answer, Call

PREFIX = "/api/v1/"
ITEM = "{id}"


Found = tuple[Operation, str]
"""The call that a request is, and what its path has for ``{id}``."""


class Table:
    """Operations by method and path, below one prefix.

    A path is ``collection``, ``collection/{id}`` or ``collection/word``, ``collection/{id}/word``
    or ``collection/{id}/word/word``.
    A word is a legal id too: it is the word's call for the methods that the word has, and the
    state of that id for all others.
    """

    def __init__(self, operations: Iterable[Operation], prefix: str = PREFIX) -> None:
        self.operations = tuple(operations)
        self._prefix = prefix
        self._by_method: dict[tuple[str, str], Operation] = {}
        self._items: dict[tuple[str, str], Operation] = {}
        self._words: set[str] = set()
        methods: dict[str, list[str]] = {}
        for operation in self.operations:
            path = operation.path.removeprefix(prefix)
            key = (operation.method, path)
            if key in self._by_method or path == operation.path or path.count("/") > 3:
                raise ValueError(f"{operation.method} {operation.path} cannot be told apart.")
            self._by_method[key] = operation
            methods.setdefault(path, []).append(operation.method)
            collection, _, rest = path.partition("/")
            if rest == ITEM:
                self._items[operation.method, collection] = operation
            else:
                self._words.add(rest)
        for path, those in methods.items():
            collection, _, word = path.partition("/")
            if word and "/" not in word and word != ITEM:
                those += methods.get(f"{collection}/{ITEM}", [])
        self._others = {
            path: _refusal_of_others(prefix + path, those) for path, those in methods.items()
        }

    @property
    def everything(self) -> tuple[Operation, ...]:
        """The operations, and what refuses other methods than theirs."""
        return (*self.operations, *self._others.values())

    def find(self, method: str, path: str) -> Found | None:
        """The call; one that refuses the method, for a path that has others; None for no path."""
        if not path.startswith(self._prefix):
            return None
        fixed = path[len(self._prefix) :]
        collection, _, rest = fixed.partition("/")
        if rest and rest not in self._words and "/" not in rest:  # most calls: kept short
            operation = self._items.get((method, collection))
            if operation is not None:
                return operation, rest
        return self._find_slowly("GET" if method == "HEAD" else method, fixed)

    def _find_slowly(self, method: str, fixed: str) -> Found | None:
        operation = self._by_method.get((method, fixed))
        if operation is not None and ITEM not in fixed:
            return operation, ""
        collection, _, rest = fixed.partition("/")
        state_id, slash, word = rest.partition("/")
        if not state_id or (slash and not word):
            other = self._others.get(fixed)
            return None if other is None else (other, "")
        pattern = f"{collection}/{ITEM}/{word}" if word else f"{collection}/{ITEM}"
        operation = self._by_method.get((method, pattern))
        if operation is None:
            operation = self._others.get(fixed) or self._others.get(pattern)
        return None if operation is None else (operation, state_id)


def _refusal_of_others(path: str, methods: list[str]) -> Operation:
    allowed = sorted({*methods, *(["HEAD"] if "GET" in methods else [])})

    async def refuse(call: Call) -> Answer:
        raise MethodNotAllowed(allowed=allowed)

    return Operation(
        name="methodNotAllowed",
        method="",
        path=path,
        run=refuse,
        tag="",
        summary="Another method than this path has",
        results={},
    )


class Tables:
    """Tables with prefixes of their own, as one: asked in order."""

    def __init__(self, *tables: Table) -> None:
        self._tables = tables
        self.operations = tuple(one for each in tables for one in each.operations)
        self.everything = tuple(one for each in tables for one in each.everything)
        self._fixed: dict[tuple[str, str], Found] = {
            (one.method, one.path): (one, "") for one in self.operations if ITEM not in one.path
        }

    def find(self, method: str, path: str) -> Found | None:
        """The call that a request is, or None for a path of none of them."""
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed
        for each in self._tables:
            found = each.find(method, path)
            if found is not None:
                return found
        return None


_v1 = Table(
    [
        *(operation for kind in Kind for operation in lists.operations_of(kind)),
        *(operation for kind in Kind for operation in states.operations_of(kind)),
        *facts.OPERATIONS,
        *(operation for kind in Kind for operation in batches.operations_of(kind)),
        *(operation for kind in Kind for operation in history.operations_of(kind)),
        *heartbeats.OPERATIONS,
        *locks.OPERATIONS,
        *events.OPERATIONS,
        *snapshot.OPERATIONS,
        *summary.OPERATIONS,
        *cache.OPERATIONS,
        *instances.OPERATIONS,
        *metrics.OPERATIONS,
        *alerts.OPERATIONS,
        *jobs.OPERATIONS,
        *keys.OPERATIONS,
    ]
)
table = Tables(
    _v1,
    *(Table(verification.operations_of(name), f"/api/{name}/") for name in verification.NAMES),
    Table(wire.OPERATIONS, wire.PREFIX),
    Table(metrics.SCRAPE, "/"),
)
