"""Resources that clients share: each key has the value that was added last."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Length

from state.domain.errors import TooLarge
from state.domain.times import format_time, microseconds
from state.models import Resource

TOTAL_MAX = 16 * 1024 * 1024
"""Characters of all values together: all of them are one answer."""


def add(resources: Mapping[str, str], namespace: str) -> None:
    """Adds values, over earlier ones of the same keys; all of them or none. Raises TooLarge."""
    if not resources:
        return
    others = Resource.objects.exclude(key__in=list(resources))
    kept = others.aggregate(total=Sum(Length("value")))["total"] or 0
    if kept + sum(map(len, resources.values())) > TOTAL_MAX:
        raise TooLarge("All resources together would be larger than 16 MiB.")
    now = datetime.now(UTC)
    rows = [
        Resource(key=key, value=value, namespace=namespace, updated_at=now)
        for key, value in sorted(resources.items())  # so that nothing deadlocks
    ]
    Resource.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["value", "namespace", "updated_at"],
    )


def latest() -> dict[str, Any]:
    """Everything, in the wire's members; ``resourcesId`` is another one after every change."""
    rows = list(Resource.objects.order_by("key"))
    at = max((row.updated_at for row in rows), default=None)
    return {
        "resourcesId": f"resources-{microseconds(at) if at else 0}",
        "resources": {row.key: row.value for row in rows},
        "updatedAt": format_time(at) if at else None,
    }
