"""Which changes a watcher wants."""

from collections.abc import Mapping
from dataclasses import dataclass

from state.changelog.events import ChangeEvent
from state.domain.errors import BadFilter
from state.domain.kinds import Kind, is_id

_NAMES = frozenset({"kinds", "ids"})


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which changes a watcher wants; None: all of them."""

    kinds: tuple[str, ...] | None
    ids: tuple[str, ...] | None

    @classmethod
    def parse(
        cls, parameters: Mapping[str, str], *, also: frozenset[str] = frozenset()
    ) -> "EventFilter":
        """From ``kinds`` and ``ids``, comma-separated; raises BadFilter.

        ``also`` names parameters that somebody else reads.
        """
        unknown = parameters.keys() - _NAMES - also
        if unknown:
            raise BadFilter(f"{', '.join(sorted(unknown))}: not a parameter of the events.")
        kinds, ids = (_words(parameters.get(name, "")) for name in ("kinds", "ids"))
        for kind in kinds or ():
            if kind not in list(Kind):
                raise BadFilter(f"kinds: {kind[:40]!r} is not one of {', '.join(Kind)}.")
        for state_id in ids or ():
            if not is_id(state_id):
                raise BadFilter(f"ids: {state_id[:40]!r} cannot be an id.")
        return cls(kinds, ids)

    def matches(self, event: ChangeEvent) -> bool:
        """Whether the watcher wants this change."""
        return (self.kinds is None or event.kind in self.kinds) and (
            self.ids is None or event.state_id in self.ids
        )


def _words(text: str) -> tuple[str, ...] | None:
    return tuple(word.strip() for word in text.split(",") if word.strip()) or None


EVERYTHING = EventFilter(None, None)
