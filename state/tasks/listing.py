"""An agent's tasks in brief, as a page shows them: the open ones, and those that ended last."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Left

from state.domain.jsontext import encode
from state.models import Task
from state.models.tasks import OPEN

OPEN_SHOWN = 50
ENDED_SHOWN = 20
DESCRIPTION_SHOWN = 200
RESULT_SHOWN = 20_000
"""Characters: a result may have megabytes, and a page is read anew whenever a task changes."""

_BRIEF = ("id", "name", "status", "priority", "submitted_at", "completed_at")
_TOLD_BY_DIGEST = ("id", "status", "priority", "completed_at")


@dataclass(frozen=True, slots=True)
class BriefTask:
    """``result`` and ``executed`` are cut, None when there is none."""

    id: str
    name: str
    status: str
    priority: int
    submitted_at: str
    completed_at: str | None
    description_shown: str
    result_shown: str | None
    executed_shown: str | None


def brief_tasks(agent_id: str) -> tuple[list[BriefTask], bool]:
    """The open tasks in the order they are to be done, then those that ended last; and whether
    there are more open ones.
    """
    cuts: dict[str, Any] = {
        "description_shown": Left(F("description"), DESCRIPTION_SHOWN),
        "result_shown": Left(F("result"), RESULT_SHOWN),
        "executed_shown": Left(F("executed"), RESULT_SHOWN),
    }
    waiting = list(_open(agent_id).values(*_BRIEF, **cuts)[: OPEN_SHOWN + 1])
    done = list(_ended(agent_id).values(*_BRIEF, **cuts)[:ENDED_SHOWN])
    shown = [BriefTask(**values) for values in (*waiting[:OPEN_SHOWN], *done)]
    return shown, len(waiting) > OPEN_SHOWN


def digest_of(agent_id: str) -> str:
    """Another text whenever one of those tasks has changed."""
    waiting = _open(agent_id).values_list(*_TOLD_BY_DIGEST)[: OPEN_SHOWN + 1]
    done = _ended(agent_id).values_list(*_TOLD_BY_DIGEST)[:ENDED_SHOWN]
    return hashlib.sha256(encode([*waiting, *done])).hexdigest()[:16]


def _open(agent_id: str) -> QuerySet[Task]:
    rows = Task.objects.filter(agent_id=agent_id, status__in=OPEN)
    return rows.order_by("-priority", "submitted_at", "created_at", "id")


def _ended(agent_id: str) -> QuerySet[Task]:
    rows = Task.objects.filter(agent_id=agent_id).exclude(status__in=OPEN)
    return rows.order_by("-created_at", "id")
