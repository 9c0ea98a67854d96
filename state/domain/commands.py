"""What a door asks of the store, and what it gets back.

What every write makes is a Struct: a frozen dataclass takes ten times as long.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct, field

from state.domain.errors import LightningError
from state.domain.facts import Fact
from state.domain.kinds import FACTS, Kind
from state.domain.records import IDEMPOTENCY_KEYS, Record, RowKey
from state.domain.verdict import Verified

Document = dict[str, Any]


class Put(Struct, frozen=True):
    """Replace the whole state; ``content`` as ``shapes.content_of`` gives it."""

    content: Document


class Patch(Struct, frozen=True):
    """Merge into the current version; ``patch`` as ``shapes.patch_of`` gives it."""

    patch: Document


class Revise(Struct, frozen=True):
    """Merge a patch that is made from the state it meets, under its lock; it leaves facts alone.

    ``patch_for`` is pure, and may raise a refusal; the pipeline of content verifiers calls it too.
    """

    patch_for: Callable[[Document], Document]


class Untracked(Struct, frozen=True):
    """Merge what a client that tracks no versions says, or create; it never erases (contract §12).

    ``told`` as ``shapes.told_of`` gives it.
    """

    told: Document


class Delete(Struct, frozen=True):
    """Remove the state; its last version stays known."""


class AppendFacts(Struct, frozen=True):
    """Add facts to a research, or update those whose id is there."""

    facts: list[Fact]


class Restore(Struct, frozen=True):
    """Write the content of an old version as a new one."""

    version: int


Action = Put | Patch | Revise | Untracked | Delete | AppendFacts | Restore


class Precondition(Struct, frozen=True):
    """What must be true for the write to happen (RFC 9110 §13).

    ``versions`` are the ETags of If-Match; ``any_version`` is ``If-Match: *``; ``create_only`` is
    ``If-None-Match: *``. ``unchanged_since`` is a version that is still the last one, be it that of
    a deletion. All empty: none was given.
    """

    versions: tuple[int, ...] | None = None
    any_version: bool = False
    create_only: bool = False
    unchanged_since: int | None = None

    @property
    def names_version(self) -> bool:
        return self.versions is not None or self.any_version or self.unchanged_since is not None


class IdempotencyKey(Struct, frozen=True):
    """One caller's name for one request; ``digest`` is of the request itself."""

    caller: str
    key: str
    digest: str

    @property
    def record(self) -> Record:
        """The row in which its answer is remembered."""
        return Record(IDEMPOTENCY_KEYS, (self.caller, self.key), self.digest)


class Command(Struct, frozen=True):
    """One write of one state."""

    kind: Kind
    state_id: str
    action: Action
    precondition: Precondition = Precondition()
    lock_token: str | None = None
    actor: str = ""
    reason: str = ""
    force: bool = False
    verified: Verified | None = None
    """What the content verifiers said of it, where there are any."""

    @property
    def replaces_facts(self) -> bool:
        """Whether every fact that is stored has to be looked at."""
        match self.action:
            case Put(fields) | Patch(fields):
                return FACTS in fields
            case Restore():
                return self.kind.has_facts
        return False

    @property
    def facts_added(self) -> list[Fact]:
        """The facts it adds to those stored, or updates by id."""
        match self.action:
            case Untracked(told):
                return told.get(FACTS) or []
            case AppendFacts(facts):
                return facts
        return []

    @property
    def facts_given(self) -> int:
        """How many facts it brings."""
        match self.action:
            case Put(fields) | Patch(fields):
                return len(fields.get(FACTS) or ())
        return len(self.facts_added)


class Submission(Struct, frozen=True):
    """Commands that came in one request and share its fate.

    ``atomic``: one failure stores nothing. ``key``: the answer is remembered with the write.
    ``records``: further rows to commit with the write, or not at all; what is there already
    answers in its place. See ``state.domain.records``.
    ``answers_each``: the request as a whole succeeds whatever becomes of its commands.
    ``doomed``: an atomic one of which a part was refused already; the rest is only judged.
    """

    commands: Sequence[Command]
    atomic: bool = False
    key: IdempotencyKey | None = None
    answers_each: bool = False
    doomed: bool = False
    records: Sequence[Record] = ()

    @property
    def all_records(self) -> list[Record]:
        """What is committed with the write; an earlier answer is looked for in this order."""
        return [*([self.key.record] if self.key else ()), *self.records]


class Written(Struct):
    """A committed change; ``document`` is the state's JSON without its facts."""

    kind: Kind
    state_id: str
    version: int
    created: bool = False
    deleted: bool = False
    document: bytes = b""
    fact_count: int = 0
    added: int = 0
    updated: int = 0


Outcome = Written | LightningError


class Receipt(Struct):
    """The outcomes of one submission, in its order; none where a record without digest answered."""

    outcomes: list[Outcome] = field(default_factory=list)
    replayed: bool = False
    held_up: frozenset[RowKey] = frozenset()
    """What another transaction holds of it: it was not judged, and has to wait for these."""
    unverified: bool = False
    """Its content was not verified against the versions it met: it was not stored."""
    refusal: LightningError | None = None
    """Why the submission was refused as a whole (another request under its key, a fault here)."""

    @classmethod
    def refused(cls, submission: Submission, refusal: LightningError) -> "Receipt":
        """The same refusal for the submission and for every command of it."""
        return cls([refusal for _ in submission.commands], refusal=refusal)
