"""API keys, newest first: the role admin's."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dashboard.pages.keys.rows import present_key
from dashboard.parts.page import LivePage
from state.access.principals import ROLES
from state.domain.errors import BadFilter, BadPage
from state.domain.key_rules import LONGEST_LIFE, LONGEST_NAME
from state.protocol.keys import KeyQuery, next_page
from state.service import keys

PAGE_SIZE = "100"
REFRESH_SECONDS = 5
"""How often an open page is read anew: no change of the log tells of a key."""

ROLE_HINTS = {
    "viewer": "reads",
    "agent": "reads and writes states, takes locks",
    "operator": "besides: force, restore, invalidate, acknowledge",
    "admin": "besides: keys and the admin",
}


class KeysPage(LivePage):
    """The parameter is the API's own: ``page``."""

    template_name = "dashboard/pages/keys/page.html"
    section = "keys"
    least_role = "admin"

    def read_page(self) -> Mapping[str, Any]:
        page = self.request.GET.get("page", "")
        context: dict[str, Any] = {
            "roles": [{"name": name, "hint": ROLE_HINTS[name]} for name in ROLES],
            "longest_name": LONGEST_NAME,
            "longest_days": LONGEST_LIFE.days,
            "is_first_page": not page,
            "refresh_every": REFRESH_SECONDS,
        }
        try:
            query = KeyQuery.parse({"limit": PAGE_SIZE, "page": page})
        except (BadFilter, BadPage) as error:
            return {**context, "keys": [], "problem": error.detail, "status": 400}
        found = keys.list_keys(query.limit + 1, query.after)
        token = next_page(found, query.limit)
        return {
            **context,
            "keys": [present_key(key) for key in found[: query.limit]],
            "next_page": f"?{urlencode({'page': token})}" if token else "",
        }
