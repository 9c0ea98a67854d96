"""Which changes a watcher wants."""

from collections.abc import Mapping
from dataclasses import dataclass

from state.changelog.events import ChangeEvent
from state.domain.errors import BadFilter
from state.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which changes a watcher wants; None: all of them."""

    kinds: tuple[str, ...] | None
    ids: tuple[str, ...] | None

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> "EventFilter":
        """From ``kinds`` and ``ids``, comma-separated; raises BadFilter."""
        kinds, ids = (
            tuple(word for word in parameters[name].split(",") if word)
            if parameters.get(name)
            else None
            for name in ("kinds", "ids")
        )
        for kind in kinds or ():
            if kind not in list(Kind):
                raise BadFilter(f"kinds: {kind[:40]!r} is not one of {', '.join(Kind)}.")
        return cls(kinds, ids)

    def matches(self, event: ChangeEvent) -> bool:
        """Whether the watcher wants this change."""
        return (self.kinds is None or event.kind in self.kinds) and (
            self.ids is None or event.state_id in self.ids
        )


EVERYTHING = EventFilter(None, None)
