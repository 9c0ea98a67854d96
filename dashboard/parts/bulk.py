"""The bulk actions of a list, as its bar and its dialog word them."""

from msgspec import Struct

from state.domain.bulk import ACTIONS, NOUNS
from state.domain.kinds import Kind

_TEXTS = {
    (Kind.AGENT, "resume"): "What is Paused becomes Ready; what is not is left alone.",
    (Kind.AGENT, "fail"): "They become Failed.",
    (Kind.RESEARCH, "fail"): "A failed run is final.",
    (Kind.VERIFICATION, "accept"): "They become verified, by you and now. Below the threshold the"
    " confidence becomes 1.",
    (Kind.VERIFICATION, "reject"): "They stay unverified, with your rejection among their issues.",
}
_DELETED = "Their history is kept, and the job can be undone."


class BulkAction(Struct, frozen=True, kw_only=True):
    """``label`` is the button's word, ``title`` the dialog's heading."""

    name: str
    label: str
    title: str
    text: str = ""
    danger: bool = False


def present_bulk_actions(kind: Kind) -> list[BulkAction]:
    return [_action(kind, name) for name in ACTIONS[kind]]


def _action(kind: Kind, name: str) -> BulkAction:
    noun, label = NOUNS[kind][1], name.replace("-", " ").capitalize()
    return BulkAction(
        name=name,
        label=label,
        title=f"Set the status of {noun}" if name == "set-status" else f"{label} {noun}",
        text=_DELETED if name == "delete" else _TEXTS.get((kind, name), ""),
        danger=name == "delete",
    )
