"""Reads the filters of the activity from an address: the same for page, news and exports."""

from collections.abc import Mapping

from dashboard.parts.moment import as_rfc3339
from state.changelog.change_query import ChangeQuery

PAGE_SIZE = 50
TIMES = ("since", "until")


def read_query(given: Mapping[str, str], limit: int = PAGE_SIZE) -> ChangeQuery:
    """Raises BadFilter or BadPage. A date field has no time zone: it means UTC."""
    texts = {name: as_rfc3339(text) if name in TIMES else text for name, text in given.items()}
    return ChangeQuery.parse(texts, limit=limit)
