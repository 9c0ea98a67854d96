"""Reading and writing one state (contract §2): what is asked, and how the answer looks."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from state.cache.tiers import Reading
from state.domain import jsontext
from state.domain.commands import (
    Action,
    AppendFacts,
    Command,
    Delete,
    IdempotencyKey,
    Patch,
    Precondition,
    Put,
    Receipt,
    Restore,
    Submission,
    Written,
)
from state.domain.errors import (
    BadFilter,
    BadPrecondition,
    Invalid,
    LightningError,
    Malformed,
    NotFound,
    VersionNotReached,
)
from state.domain.facts import normalise_facts
from state.domain.ids import checked_id
from state.domain.kinds import Kind
from state.domain.queries import whole_number
from state.domain.shapes import content_of, patch_of
from state.protocol.call import Answer, Call
from state.protocol.headers import (
    etag,
    is_not_modified,
    read_idempotency_key,
    read_precondition,
    read_reason,
    wants_minimal,
)
from state.protocol.query import read_flag, says_true

FORCE_ROLE = "operator"


# --- Reads ------------------------------------------------------------------------------------


def wants_last_seen(call: Call, kind: Kind) -> bool:
    """Whether agents are asked for with ``lastSeen``; raises BadFilter for another ``include``."""
    include = call.query.get("include")
    if include and (include != "lastSeen" or kind is not Kind.AGENT):
        raise BadFilter("include: only agents have lastSeen.")
    return bool(include)


def wants_facts(call: Call, kind: Kind) -> bool:
    """Whether a state is asked for with its facts; raises BadFilter for another ``facts``."""
    facts = call.query.get("facts")
    if facts is not None and (facts != "none" or not kind.has_facts):
        raise BadFilter("facts: only none, and only of research.")
    return facts is None


def render_reading(
    call: Call, reading: Reading, min_version: int, *, with_last_seen: bool = False
) -> Answer:
    """200, 304, or the refusal with the level that knew it; raises VersionNotReached.

    With ``lastSeen`` it is never 304: the ETag is the version's, which no heartbeat changes.
    """
    if reading.version < min_version:
        refusal = VersionNotReached(f"The database has version {reading.version}.")
        raise refusal.at_level(reading.level)
    if reading.body is None:
        raise NotFound().at_level(reading.level)
    headers = {"ETag": etag(reading.version), "X-Cache": reading.level}
    if not with_last_seen and is_not_modified(call, reading.version):
        return Answer(304, b"", headers, "")
    return Answer(200, reading.body, headers)


def read_version_number(text: str) -> int:
    """A version in the URL; raises Malformed."""
    version = whole_number(text)
    if version is None:
        raise Malformed(f"{text[:40]!r} is not a version.")
    return version


# --- Writes -----------------------------------------------------------------------------------


class _Head(Struct, frozen=True):
    """What a write's headers and URL say, read before its body is looked at."""

    precondition: Precondition
    reason: str
    key: IdempotencyKey | None
    force: bool
    lock_token: str | None
    actor: str

    def submission(self, kind: Kind, state_id: str, action: Action) -> Submission:
        command = Command(
            kind=kind,
            state_id=checked_id(state_id),
            action=action,
            precondition=self.precondition,
            lock_token=self.lock_token,
            actor=self.actor,
            reason=self.reason,
            force=self.force,
        )
        return Submission([command], key=self.key)


def _read_head(call: Call, *, may_create: bool = False) -> _Head:
    """What the headers say; raises Malformed or BadPrecondition."""
    precondition = read_precondition(call)
    if precondition.create_only and not may_create:
        raise BadPrecondition("If-None-Match: * only goes with a PUT or a restore.")
    return _Head(
        precondition,
        read_reason(call),
        read_idempotency_key(call),
        read_flag(call, "force"),
        call.headers.get("lock-token"),
        call.principal.name,
    )


def check_write(call: Call, kind: Kind, state_id: str) -> None:
    """Raises Forbidden for who may not write this state, or may not force it."""
    call.principal.require_write(kind, state_id)
    check_force(call)


def check_force(call: Call) -> None:
    """Raises Forbidden for who may not force anything and asks for it."""
    if call.query_string and says_true(call.query_string, "force"):
        call.principal.require(FORCE_ROLE)


def put_submission(call: Call, kind: Kind) -> Submission:
    """What a PUT asks for; raises the refusals of headers and body: 400, 422."""
    head = _read_head(call, may_create=True)
    body = jsontext.parse(call.body)
    content = content_of(kind, checked_id(call.id), body)
    return head.submission(kind, call.id, Put(content))


def patch_submission(call: Call, kind: Kind) -> Submission:
    """What a PATCH asks for; raises the refusals of headers and body."""
    head = _read_head(call)
    body = jsontext.parse(call.body)
    patch = patch_of(kind, checked_id(call.id), body)
    return head.submission(kind, call.id, Patch(patch))


def delete_submission(call: Call, kind: Kind) -> Submission:
    """What a DELETE asks for."""
    return _read_head(call).submission(kind, call.id, Delete())


def facts_submission(call: Call) -> Submission:
    """What an append of facts asks for; raises the refusals of headers and body."""
    head = _read_head(call)
    body = only_members(jsontext.parse(call.body), {"facts"})
    if not isinstance(body.get("facts"), list):
        raise Invalid.field("facts", "must be a list of facts")
    action = AppendFacts(normalise_facts(body["facts"]))
    return head.submission(Kind.RESEARCH, call.id, action)


def restore_submission(call: Call, kind: Kind) -> Submission:
    """What a restore asks for; raises the refusals of headers and body."""
    head = _read_head(call, may_create=True)
    body = only_members(jsontext.parse(call.body), {"version"})
    version = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 2**62:
        raise Invalid.field("version", "must be a version")
    return head.submission(kind, call.id, Restore(version))


def only_members(body: Any, names: set[str]) -> dict[str, Any]:
    """The body, when it is an object with no other members; raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid.field("", "the body must be a JSON object")
    for name in body:
        if name not in names:
            raise Invalid.field(name, "is not known here")
    return body


def needs_body(call: Call, written: Written) -> bool:
    """Whether the answer to a write shows the state."""
    return not written.deleted and not wants_minimal(call)


def written_or_raise(receipt: Receipt) -> Written:
    """The outcome of a submission of one command; raises its refusal."""
    outcome = receipt.outcomes[0]
    if isinstance(outcome, LightningError):
        raise outcome
    return outcome


def render_written(call: Call, receipt: Receipt, body: bytes | None) -> Answer:
    """The answer to a PUT, PATCH, DELETE or restore; ``body`` as ``needs_body`` asked for it.

    A success without its body, when that could not be read, looks as ``return=minimal`` does.
    """
    written = written_or_raise(receipt)
    headers = _write_headers(call, written, receipt)
    if written.deleted:
        return Answer(204, b"", headers, "")
    if written.created:
        headers["Location"] = f"/api/v1/{written.kind.segment}/{written.state_id}"
    if body is None:
        return Answer(201 if written.created else 204, b"", headers, "")
    return Answer(201 if written.created else 200, body, headers)


def render_appended(call: Call, receipt: Receipt) -> Answer:
    """The answer to an append of facts."""
    written = written_or_raise(receipt)
    headers = _write_headers(call, written, receipt)
    if wants_minimal(call):
        return Answer(204, b"", headers, "")
    counts: Mapping[str, int] = {
        "version": written.version,
        "added": written.added,
        "updated": written.updated,
        "factCount": written.fact_count,
    }
    return Answer(200, jsontext.encode(counts), headers)


def _write_headers(call: Call, written: Written, receipt: Receipt) -> dict[str, str]:
    headers = {} if written.deleted else {"ETag": etag(written.version)}
    if receipt.replayed:
        headers["Idempotency-Replayed"] = "true"
    if wants_minimal(call) and not written.deleted:
        headers["Preference-Applied"] = "return=minimal"
    return headers
