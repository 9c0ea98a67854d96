"""What a kind of state is: the data that each kind's own file fills in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Union, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import FieldInfo

from state.domain.facts import Fact
from state.domain.kinds.filters import Filter
from state.domain.times import parse_time

Document = dict[str, Any]
Broken = list[dict[str, str]]
Transitions = Mapping[str, frozenset[str]]

FACTS = "extractedFacts"
Score = Annotated[float, Meta(ge=0, le=1)]


class Kind(StrEnum):
    AGENT = "agent"
    RESEARCH = "research"
    VERIFICATION = "verification"

    spec: "KindSpec"

    @cached_property
    def segment(self) -> str:
        """The kind's part of a URL: ``agents``, ``research``, ``verifications``."""
        return self.spec.segment

    @cached_property
    def id_field(self) -> str:
        """The name of the id in the state's JSON: ``agentId``…"""
        return f"{self.value}Id"

    @cached_property
    def statuses(self) -> tuple[str, ...]:
        """What states of the kind are counted by."""
        return self.spec.statuses

    @cached_property
    def has_facts(self) -> bool:
        """Whether a state of the kind holds facts, which have a table of their own."""
        return FACTS in self.spec.fields

    @classmethod
    def from_segment(cls, segment: str) -> "Kind":
        """The kind behind a URL segment; KeyError when there is none."""
        for kind in cls:
            if kind.segment == segment:
                return kind
        raise KeyError(segment)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds a field of the state beside its document, for filters and indexes.

    ``type`` is PostgreSQL's. A client's JSON may write 1 for 1.0: the value gets the column's type.
    """

    name: str
    type: Literal["text", "boolean", "double precision", "timestamptz"]
    field: str

    def value(self, document: Document | None) -> Any:
        """The column's value for a state; None stands for a deleted one."""
        convert, absent = _TYPES[self.type]
        return absent if document is None else convert(document[self.field])


_TYPES: Mapping[str, tuple[Callable[[Any], Any], Any]] = {
    "text": (str, ""),
    "boolean": (bool, False),
    "double precision": (float, 0.0),
    "timestamptz": (parse_time, None),
}


def _nothing_broken(
    old: Document | None, new: Document, facts: list[Fact], threshold: float
) -> Broken:
    return []


def transitions(**followers: str) -> Transitions:
    """Which statuses may follow each; their names are separated by spaces."""
    return {status: frozenset(names.split()) for status, names in followers.items()}


@dataclass(frozen=True, kw_only=True)
class KindSpec:
    """Everything that differs between the kinds; what is said here is said nowhere else.

    ``shape`` is what a caller sends (msgspec), in the order it is stored. ``statuses`` are what
    states are counted by, and ``group`` says which of them a state is. ``transitions`` are tables
    by policy; none: any status may follow any. ``invariants`` name what a write would break:
    old state, new state, the facts it adds or changes, LIGHTNING_VERIFIED_THRESHOLD.
    ``columns`` are written beside the document; ``filters`` are those a list of the kind takes.
    """

    kind: Kind
    segment: str
    shape: type[Struct]
    statuses: tuple[str, ...]
    group: Callable[[Document], str] = lambda document: str(document["status"])
    transitions: Mapping[str, Transitions] = field(default_factory=dict)
    invariants: Callable[[Document | None, Document, list[Fact], float], Broken] = _nothing_broken
    times_of_writing: tuple[str, ...] = ()
    """Times that are the write's own when a new state comes without them."""
    time_of_ending: str = ""
    """The time that is the write's own when the status becomes a final one; else null."""
    columns: tuple[Column, ...]
    filters: Mapping[str, Filter]
    counters: frozenset[str] = frozenset()
    """Numbers that never go down."""
    numbers: frozenset[str] = frozenset()
    """Other numbers, and objects of them, of which 0 is the one that nobody has set."""
    united: frozenset[str] = frozenset()
    """Lists that are sets: who knows only a part of one still drops nothing of it."""

    @cached_property
    def fields(self) -> Mapping[str, FieldInfo]:
        """The fields of a state by their JSON names, in order."""
        return {one.encode_name: one for one in msgspec.structs.fields(self.shape)}

    @cached_property
    def any_fields(self) -> type[Struct]:
        """Any of the fields as a caller may send them, each of its type, and nothing else."""
        fields = []
        for name, one in self.fields.items():
            given = {*get_args(one.type)} if type(None) in get_args(one.type) else {one.type}
            if name != self.time_of_ending:
                given.discard(type(None))  # what is not set yet, as it is stored
            fields.append((name, Union[(*given, UnsetType)], UNSET))
        return msgspec.defstruct(f"Any{self.shape.__name__}", fields, forbid_unknown_fields=True)

    @cached_property
    def required(self) -> frozenset[str]:
        return frozenset(name for name, one in self.fields.items() if one.required)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The values of optional fields that are absent; whoever stores one copies it."""
        return {
            name: one.default_factory()
            if one.default_factory is not msgspec.NODEFAULT
            else one.default
            for name, one in self.fields.items()
            if not one.required
        }

    @cached_property
    def times(self) -> tuple[str, ...]:
        """The fields that hold a timestamp."""
        return (*self.times_of_writing, *filter(None, [self.time_of_ending]))

    @cached_property
    def kept(self) -> frozenset[str]:
        """Fields that a PUT without them leaves as they are stored."""
        return frozenset({FACTS, *self.times} & self.fields.keys())

    @cached_property
    def server_fields(self) -> frozenset[str]:
        """What the server adds to a state: ignored on input."""
        counted = {"factCount"} if FACTS in self.fields else set()
        return frozenset({self.kind.id_field, "createdAt", "lastUpdated", "version"} | counted)

    @cached_property
    def final(self) -> frozenset[str]:
        """The statuses that nothing follows."""
        table = self.transitions.get("default", {})
        return frozenset(status for status, followers in table.items() if not followers)
