"""Which changes somebody looks for in the log, as a URL says it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from state.domain.errors import BadFilter, BadPage
from state.domain.jsontext import encode
from state.domain.kinds import Kind, is_id
from state.domain.queries import parse_limit, read_token, whole_number, write_token
from state.domain.times import parse_time

CHANGE_TYPES = (
    "Created",
    "StatusChanged",
    "ProgressUpdated",
    "Updated",
    "Restored",
    "Deleted",
)
FIELDS = tuple(
    dict.fromkeys([*(name for kind in Kind for name in kind.spec.fields), "factCount", "createdAt"])
)
"""The top-level fields that a change may name."""

FILTERS = ("kind", "id", "actor", "changeType", "field", "reason", "forced", "since", "until")
_TEXT_MAX = 500


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """What is looked for; None and empty texts ask for nothing."""

    kind: Kind | None = None
    state_id: str = ""
    actor: str = ""
    change_type: str = ""
    field: str = ""
    reason: str = ""
    forced: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    before: int | None = None
    """The number of the change behind which the page begins."""

    @classmethod
    def parse(cls, parameters: Mapping[str, str], *, limit: int = 50) -> "ChangeQuery":
        """From URL parameters, of which empty ones ask for nothing; BadFilter or BadPage."""
        given = {name: text for name, text in parameters.items() if text}
        if unknown := given.keys() - {*FILTERS, "limit", "page"}:
            raise BadFilter(f"{', '.join(sorted(unknown))}: not a filter of the activity.")
        kind = _one_of(given, "kind", [one.value for one in Kind])
        query = cls(
            kind=Kind(kind) if kind else None,
            state_id=_id(given),
            actor=_text(given, "actor"),
            change_type=_one_of(given, "changeType", CHANGE_TYPES),
            field=_one_of(given, "field", FIELDS),
            reason=_text(given, "reason"),
            forced={"": None, "true": True, "false": False}[
                _one_of(given, "forced", ("true", "false"))
            ],
            since=_time(given, "since"),
            until=_time(given, "until"),
            limit=parse_limit(given.get("limit"), default=limit),
        )
        return replace(query, before=query._read_token(given["page"])) if "page" in given else query

    def token(self, seq: int) -> str:
        """The page token that goes on behind a change."""
        return write_token(["changes", self._digest(), str(seq)])

    def _read_token(self, token: str) -> int:
        *told, number = read_token(token)
        seq = whole_number(number)
        if told != ["changes", self._digest()] or seq is None:
            raise BadPage()
        return seq

    def _digest(self) -> str:
        told = [str(value) for value in (self.kind, self.state_id, self.actor, self.change_type)]
        told += [str(value) for value in (self.field, self.reason, self.forced)]
        told += [str(value) for value in (self.since, self.until)]
        return hashlib.sha256(encode(told)).hexdigest()[:16]


def _one_of(given: Mapping[str, str], name: str, names: Sequence[str]) -> str:
    text = given.get(name, "")
    if text and text not in names:
        raise BadFilter(f"{name}: must be one of {', '.join(names)}.")
    return text


def _text(given: Mapping[str, str], name: str) -> str:
    text = given.get(name, "")
    if len(text) > _TEXT_MAX or "\x00" in text:
        raise BadFilter(f"{name}: at most {_TEXT_MAX} characters, and no NUL.")
    return text


def _id(given: Mapping[str, str]) -> str:
    text = given.get("id", "")
    if text and not is_id(text):
        raise BadFilter(f"id: {text[:40]!r} cannot be an id.")
    return text


def _time(given: Mapping[str, str], name: str) -> datetime | None:
    if name not in given:
        return None
    try:
        return parse_time(given[name].replace(" ", "+"))
    except ValueError as error:
        raise BadFilter(f"{name}: {error}.") from error
