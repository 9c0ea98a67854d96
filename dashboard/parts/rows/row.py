"""What a row and a column of a list are, for states of any kind."""

from django.urls import reverse
from msgspec import Struct, field

from dashboard.parts.cells import Cell
from state.domain.kinds import Kind


class Row(Struct, omit_defaults=True, kw_only=True):
    """One state as a list shows it; ``cells`` by the contract's field names, in column order."""

    kind: Kind
    id: str
    version: int = 0
    deleted: bool = False
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return state_url(self.kind, self.id)


class Column(Struct, frozen=True):
    field: str
    label: str
    numeric: bool = False


class StoredState(Struct, rename="camel", kw_only=True):
    """The members every kind has; what is not named in a struct is skipped while decoding."""

    version: int
    created_at: str = ""
    last_updated: str = ""


def state_url(kind: Kind, state_id: str) -> str:
    return reverse(f"dashboard:{kind.value}", args=[state_id])
