"""The life of a research as a row of steps."""

from msgspec import Struct

STEPS = ("Pending", "InProgress", "Verifying", "Completed")


class Step(Struct, kw_only=True):
    """``state`` is done, current or ahead; ``tone`` the colour of the status it stands for."""

    status: str
    tone: str
    state: str


def present_steps(status: str) -> list[Step]:
    """Failed takes the place of Completed: it ends a research, too."""
    statuses = [*STEPS[:-1], "Failed"] if status == "Failed" else list(STEPS)
    current = statuses.index(status)
    return [
        Step(
            status=name,
            tone=name.lower(),
            state="done" if index < current else "current" if index == current else "ahead",
        )
        for index, name in enumerate(statuses)
    ]
