"""Reads a snapshot's lines, and finds out whether it is whole."""

import msgspec

from lightning_client.core.kinds import KINDS
from lightning_client.errors import UnexpectedAnswer
from lightning_client.states import AnyState, ResearchState


class _Line(msgspec.Struct):
    type: str
    kind: str = ""
    state: msgspec.Raw = msgspec.Raw(b"")
    cursor: str = ""
    count: int = -1


_decode = msgspec.json.Decoder(_Line).decode
_decoders = {name: msgspec.json.Decoder(kind.type).decode for name, kind in KINDS.items()}


class SnapshotReader:
    """Header, a line a state, trailer with the count."""

    def __init__(self) -> None:
        self.cursor = ""
        self._count = 0
        self._is_whole = False

    def read(self, line: bytes) -> AnyState | None:
        """The state of a line; None for the header and the trailer."""
        try:
            read = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnexpectedAnswer(f"a line of a snapshot that cannot be read: {error}") from error
        if read.type == "header":
            self.cursor = read.cursor
        elif read.type == "trailer":
            self._is_whole = read.count == self._count
        elif read.type == "state":
            self._count += 1
            state: AnyState = _decoders[read.kind](read.state)
            if isinstance(state, ResearchState) and state.extracted_facts is None:
                state.extracted_facts = []
            return state
        return None

    def check_complete(self) -> None:
        """Raises UnexpectedAnswer when the stream ended before its trailer."""
        if not self._is_whole:
            raise UnexpectedAnswer(f"the snapshot broke off after {self._count} states")
