"""The state app."""

from django.apps import AppConfig

from state.runtime import garbage


class StateConfig(AppConfig):
    name = "state"
    verbose_name = "Lightning State"

    def ready(self) -> None:
        from state.access import checks  # noqa: F401  (registers itself)

        garbage.loaded()
