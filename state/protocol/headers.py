"""Reads the request headers that steer reads and writes."""

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress

from state.domain.commands import IdempotencyKey, Precondition
from state.domain.errors import BadPrecondition, Malformed, UnsupportedMediaType
from state.domain.jsontext import encode
from state.domain.queries import whole_number
from state.protocol.call import Call

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
_VERSION = r'"(0|[1-9][0-9]*)"'
_ETAGS = re.compile(rf"\s*{_VERSION}\s*(?:,\s*{_VERSION}\s*)*")
_ETAG = re.compile(_VERSION)
_READ_ETAG = re.compile(r'(?:W/)?"([^"]*)"')
_PREFERENCES = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_CHARSET = re.compile(r'charset="?([^";]+)"?', re.IGNORECASE)
REASON_LIMIT = 500
KEY_LIMIT = 200


def etag(version: int) -> str:
    """The strong ETag of a version."""
    return f'"{version}"'


def read_precondition(call: Call) -> Precondition:
    """The preconditions of a write; raises BadPrecondition."""
    if_match = call.headers.get("if-match")
    if_none_match = call.headers.get("if-none-match")
    if if_match is not None and if_none_match is not None:
        raise BadPrecondition("If-Match and If-None-Match exclude each other.")
    if if_none_match is not None:
        if if_none_match.strip() != "*":
            raise BadPrecondition("If-None-Match on a write must be *.")
        return Precondition(create_only=True)
    if if_match is None:
        return Precondition()
    if if_match.strip() == "*":
        return Precondition(any_version=True)
    if not _ETAGS.fullmatch(if_match):
        raise BadPrecondition('If-Match must be *, or strong ETags like "7".')
    versions = (whole_number(digits) for digits in _ETAG.findall(if_match))
    # No state has a version of more digits than those: an ETag of them matches nothing.
    return Precondition(versions=tuple(version for version in versions if version is not None))


def is_not_modified(call: Call, version: int) -> bool:
    """Whether a conditional read may answer 304."""
    condition = call.headers.get("if-none-match")
    if condition is None:
        return False
    return condition.strip() == "*" or str(version) in _READ_ETAG.findall(condition)


def wants_fresh(call: Call) -> bool:
    """Whether the read must ask the database (``Cache-Control: no-cache``)."""
    directives = call.headers.get("cache-control", "").lower()
    return "no-cache" in directives or "no-store" in directives


def read_min_version(call: Call) -> int:
    """The ``Lightning-Min-Version`` of a read, 0 when absent; raises BadPrecondition."""
    text = call.headers.get("lightning-min-version")
    if text is None:
        return 0
    version = whole_number(text)
    if version is None:
        raise BadPrecondition("Lightning-Min-Version must be a version.")
    return version


def wants_minimal(call: Call) -> bool:
    """Whether the caller asked for no body (``Prefer: return=minimal``, RFC 7240).

    Of a preference given twice the first one counts.
    """
    preferences: list[str] = _PREFERENCES.findall(call.headers.get("prefer", ""))
    for preference in preferences:
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            return value.strip().strip('"').lower() == "minimal"
    return False


def _text(call: Call, name: str) -> str | None:
    """A header that may hold any text; None when it is absent."""
    text = call.headers.get(name)
    if text is not None:
        # Headers come as Latin-1 while clients send UTF-8; what is neither stays as it came.
        with suppress(UnicodeError):
            return text.encode("latin-1").decode("utf-8")
    return text


def read_reason(call: Call) -> str:
    """The ``Lightning-Reason`` of a write; raises Malformed."""
    reason = (_text(call, "lightning-reason") or "").strip()
    if len(reason) > REASON_LIMIT:
        raise Malformed(f"Lightning-Reason is longer than {REASON_LIMIT} characters.")
    return reason


def read_idempotency_key(call: Call) -> IdempotencyKey | None:
    """The caller's name for this write, with the digest of the request; raises Malformed."""
    key = _text(call, "idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= KEY_LIMIT:
        raise Malformed(f"Idempotency-Key must have 1 to {KEY_LIMIT} characters.")
    told = [
        call.method,
        call.path,
        sorted(call.query.items()),
        call.headers.get("if-match"),
        call.headers.get("if-none-match"),
    ]
    digest = hashlib.sha256(encode(told) + b"\n" + call.body).hexdigest()
    return IdempotencyKey(call.principal.scope, key, digest)


def check_media_type(call: Call, accepted: Sequence[str]) -> None:
    """Raises UnsupportedMediaType for a body of another type, charset or encoding."""
    header = call.headers.get("content-type", "")
    if header in accepted and "content-encoding" not in call.headers:
        return
    media_type = header.split(";", 1)[0].strip().lower()
    charset = _CHARSET.search(header)
    if media_type not in accepted or (
        charset and charset[1].strip().lower() not in {"utf-8", "utf8"}
    ):
        raise UnsupportedMediaType(f"The body must be {' or '.join(accepted)}, in UTF-8.")
    encoding = call.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType("The body must come without a Content-Encoding.")
