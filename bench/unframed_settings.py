"""The product's settings, for the application of ``bench.unframed``."""

from lightning_site.settings import *  # noqa: F403

ASGI_APPLICATION = "bench.unframed.application"
