"""How OpenAPI names the operations: by method and path, so that no two collide."""

import re

from drf_spectacular.openapi import AutoSchema

ACTIONS = {"batch-get", "batch-set", "heartbeat"}
_WORD = re.compile(r"[A-Za-z]+")


class PathNamedSchema(AutoSchema):
    """``GET /api/v1/agents/{state_id}/history`` is ``getAgentsStateIdHistory``."""

    def is_excluded(self) -> bool:
        """A word of the API is a legal id too; only its action is worth a page."""
        return self.path.rsplit("/", 1)[-1] in ACTIONS and self.method != "POST"

    def get_operation_id(self) -> str:
        words = _WORD.findall(self.path.removeprefix("/api/v1"))
        return str(self.method).lower() + "".join(word.capitalize() for word in words)
