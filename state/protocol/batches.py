"""Batches (contract §3): one request, many states, an outcome each."""

from collections.abc import Mapping, Sequence
from typing import Any

from state.domain import jsontext
from state.domain.commands import (
    Action,
    Command,
    Delete,
    Outcome,
    Patch,
    Precondition,
    Put,
    Receipt,
    Submission,
    Written,
)
from state.domain.errors import BatchRejected, Invalid, LightningError
from state.domain.ids import checked_id
from state.domain.kinds import ID_RULE, Kind, is_id
from state.domain.shapes import content_of, patch_of
from state.protocol.call import Answer, Call
from state.protocol.headers import read_idempotency_key, read_reason
from state.protocol.problems import error_member, status_of
from state.protocol.query import read_flag
from state.protocol.states import only_members

ITEMS_MAX = 1000
_FAILED_DEPENDENCY = 424
_ITEM_MEMBERS = {"id", "state", "patch", "delete", "ifMatch", "ifNoneMatch", "lockToken"}


def batch_get_ids(call: Call) -> list[str]:
    """The ids a batch-get asks for, each once; raises Malformed or Invalid."""
    body = only_members(jsontext.parse(call.body), {"ids"})
    return checked_ids(body.get("ids"))


def checked_ids(ids: Any) -> list[str]:
    """A list of at most 1000 ids, each once; raises Invalid."""
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Invalid.field("ids", "must be a list of ids")
    if len(ids) > ITEMS_MAX:
        raise Invalid.field("ids", f"more than {ITEMS_MAX} ids")
    for index, one in enumerate(ids):
        if not is_id(one):
            raise Invalid.field(f"ids[{index}]", f"must be {ID_RULE}")
    return list(dict.fromkeys(ids))


def render_found(found: Mapping[str, bytes], missing: Sequence[str]) -> Answer:
    """The answer to a batch-get."""
    members = b",".join(jsontext.encode(state_id) + b":" + body for state_id, body in found.items())
    body = b'{"items":{' + members + b'},"missing":' + jsontext.encode(list(missing)) + b"}"
    return Answer(200, body)


class BatchSet:
    """A batch-set: the items that are commands, and those refused before the database is asked."""

    def __init__(self, call: Call, kind: Kind) -> None:
        self._call = call
        self._kind = kind
        self._force = read_flag(call, "force")
        self._reason = read_reason(call)
        self._key = read_idempotency_key(call)
        value, self._is_suspicious = jsontext.read(call.body)
        body = only_members(value, {"items", "atomic"})
        self.atomic = body.get("atomic", False)
        if not isinstance(self.atomic, bool):
            raise Invalid.field("atomic", "must be true or false")
        self.ids = self._checked_envelope(body.get("items"))
        self._judged: list[Command | LightningError] = [self._judge(item) for item in body["items"]]

    @property
    def submission(self) -> Submission | None:
        """What is left to ask of the store; None when that is nothing."""
        commands = [judged for judged in self._judged if isinstance(judged, Command)]
        if not commands and self._key is None:
            return None
        return Submission(
            commands,
            atomic=self.atomic,
            key=self._key,
            answers_each=not self.atomic,
            doomed=self.atomic and len(commands) < len(self._judged),
        )

    def render(self, receipt: Receipt | None) -> Answer:
        """The answer: every item in the order sent."""
        if receipt is not None and receipt.refusal is not None:
            raise receipt.refusal
        stored = iter(receipt.outcomes if receipt else ())
        outcomes: list[Outcome] = [
            judged if isinstance(judged, LightningError) else next(stored)
            for judged in self._judged
        ]
        results = [
            _result(state_id, outcome) for state_id, outcome in zip(self.ids, outcomes, strict=True)
        ]
        succeeded = sum(isinstance(outcome, Written) for outcome in outcomes)
        body: dict[str, Any] = {
            "results": results,
            "succeeded": succeeded,
            "failed": len(outcomes) - succeeded,
        }
        if self.atomic and succeeded < len(outcomes):
            raise BatchRejected(**body)
        replayed = {"Idempotency-Replayed": "true"} if receipt and receipt.replayed else {}
        return Answer(200, jsontext.encode(body), replayed)

    @staticmethod
    def _checked_envelope(items: Any) -> list[str]:
        if not isinstance(items, list):
            raise Invalid.field("items", "must be a list")
        if len(items) > ITEMS_MAX:
            raise Invalid.field("items", f"more than {ITEMS_MAX} items")
        ids: dict[str, None] = {}
        for index, item in enumerate(items):
            where = f"items[{index}]"
            if not isinstance(item, dict) or not isinstance(item.get("id"), str):
                raise Invalid.field(where, "must be an object with an id")
            if item.keys() - _ITEM_MEMBERS:
                unknown = sorted(item.keys() - _ITEM_MEMBERS)[0]
                raise Invalid.field(f"{where}.{unknown}", "is not known here")
            if not isinstance(item.get("delete", False), bool):
                raise Invalid.field(f"{where}.delete", "must be true or false")
            if ("state" in item) + ("patch" in item) + (item.get("delete") is True) != 1:
                raise Invalid.field(where, "needs exactly one of state, patch and delete: true")
            if item["id"] in ids:
                raise Invalid.field(f"{where}.id", "the same id twice")
            ids[item["id"]] = None
        return list(ids)

    def _judge(self, item: dict[str, Any]) -> Command | LightningError:
        try:
            self._call.principal.require_write(self._kind, item["id"])
            precondition = _item_precondition(item)
            return Command(
                kind=self._kind,
                state_id=checked_id(item["id"]),
                action=self._action(item),
                precondition=precondition,
                lock_token=_optional_text(item, "lockToken"),
                actor=self._call.principal.name,
                reason=self._reason,
                force=self._force,
            )
        except LightningError as refusal:
            return refusal

    def _action(self, item: dict[str, Any]) -> Action:
        if self._is_suspicious:
            jsontext.check_values(item.get("state", item.get("patch")))
        if "state" in item:
            return Put(content_of(self._kind, item["id"], item["state"]))
        if "patch" in item:
            return Patch(patch_of(self._kind, item["id"], item["patch"]))
        return Delete()


def _item_precondition(item: dict[str, Any]) -> Precondition:
    if_match, if_none_match = item.get("ifMatch"), item.get("ifNoneMatch")
    if if_match is not None and if_none_match is not None:
        raise Invalid.field("ifNoneMatch", "excludes ifMatch")
    if if_none_match is not None:
        if if_none_match != "*" or "state" not in item:
            raise Invalid.field("ifNoneMatch", 'must be "*", with a state')
        return Precondition(create_only=True)
    if if_match is None:
        return Precondition()
    if if_match == "*":
        return Precondition(any_version=True)
    if isinstance(if_match, bool) or not isinstance(if_match, int):
        raise Invalid.field("ifMatch", 'must be a version or "*"')
    return Precondition(versions=(if_match,))


def _optional_text(item: dict[str, Any], name: str) -> str | None:
    value = item.get(name)
    if value is not None and not isinstance(value, str):
        raise Invalid.field(name, "must be a text")
    return value


def _result(state_id: str, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Written):
        status = 201 if outcome.created else 204 if outcome.deleted else 200
        return {"id": state_id, "status": status, "version": outcome.version}
    status = _FAILED_DEPENDENCY if isinstance(outcome, BatchRejected) else status_of(outcome)
    return {"id": state_id, "status": status, "error": error_member(outcome)}
