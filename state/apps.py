"""The state app."""

from django.apps import AppConfig


class StateConfig(AppConfig):
    name = "state"
    verbose_name = "Lightning State"

    def ready(self) -> None:
        from state.access import checks  # noqa: F401  (registers itself)
