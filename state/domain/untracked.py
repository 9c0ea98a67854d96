"""Writes of clients that count versions in the state itself, or not at all (contract §12)."""

from typing import Any

from state.domain.commands import Document, Precondition
from state.domain.errors import Invalid
from state.domain.facts import Fact
from state.domain.kinds import FACTS, Kind


def precondition_of(sent_version: int | None) -> Precondition | None:
    """What a client that read version N and sends N+1 asks for: that the current one is N.

    None for 0 or an absent version: the client does not track versions, and its write merges
    (``commands.Untracked``). Version 1 is that of a state which was not there when it was read.
    """
    if not sent_version:
        return None
    if sent_version < 0:
        raise Invalid.field("version", "must not be negative")
    if sent_version == 1:
        return Precondition(create_only=True)
    return Precondition(versions=(sent_version - 1,))


def merged(kind: Kind, stored: Document, told: Document) -> Document:
    """The content to store when a client that knows no version says ``told``; facts aside.

    What such a client leaves at the default of its language says nothing: 0 does not reset a
    counter or score, nothing empty removes what is there, and false stands only with the score it
    was judged by. Counters never go down, ``united`` lists only grow, a final status stays.
    """
    spec = kind.spec
    content = dict(stored)
    for name, value in told.items():
        known = stored.get(name)
        if name == FACTS:
            continue
        if name == "status":
            reopens = known in spec.final and value not in spec.final
            content[name] = known if reopens else value
        elif isinstance(value, bool):
            content[name] = value if told.get("confidenceScore") else known or value
        elif name in spec.counters:
            content[name] = max(value, known or 0)
        elif name in spec.united:
            content[name] = list(dict.fromkeys([*(known or ()), *value]))
        elif name in spec.numbers:
            content[name] = _merged_number(known, value)
        else:
            content[name] = _merged_value(known, value)
    return content


def merged_fact(stored: Fact, told: Fact) -> Fact:
    """A fact of the same id, merged likewise: what was judged does not become pending again."""
    fact = {name: _merged_value(stored[name], value) for name, value in told.items()}
    fact["confidenceScore"] = told["confidenceScore"] or stored["confidenceScore"]
    if not told["confidenceScore"]:
        fact["isVerified"] = stored["isVerified"] or told["isVerified"]
    if told["verificationStatus"] == "Pending":
        fact["verificationStatus"] = stored["verificationStatus"]
    return fact


def _merged_number(known: Any, value: Any) -> Any:
    """A score, or an object of them."""
    if isinstance(value, dict):
        members = known or {}
        return {
            **members,
            **{name: _merged_number(members.get(name), one) for name, one in value.items()},
        }
    return value or known or value


def _merged_value(known: Any, value: Any) -> Any:
    if isinstance(value, dict) and isinstance(known, dict):
        return {
            **known,
            **{name: _merged_value(known.get(name), one) for name, one in value.items()},
        }
    says_nothing = value is None or value in ("", [], {})
    return known if says_nothing and known is not None else value
