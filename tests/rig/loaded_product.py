"""The product, loaded before it is known for which server: imported by the fork server alone.

A fork takes over the settings of its own environment, and what the product has made of settings
or of its process by then is made anew. The settings of ``READ_AT_IMPORT`` stay.
"""

import importlib
import os
import sys

import django
from django.conf import settings
from django.core.cache import caches
from django.db import connections

from tests.rig.loaded_python import LOADED, LOADED_IN


def take_over_settings() -> None:
    """Makes this fork a process that was loaded with its own environment."""
    from state.presence import workers
    from state.protocol import request_id
    from state.runtime import failpoints

    given = importlib.reload(sys.modules["lightning_site.settings"])
    for name in filter(str.isupper, dir(given)):
        setattr(settings, name, getattr(given, name))
    del sys.modules["lightning_site.asgi"]
    for handler in (connections, caches):
        vars(handler).pop("settings", None)
        vars(handler)["_settings"] = None
    del connections["default"]
    failpoints.begin()
    for module in (workers, request_id):
        importlib.reload(module)


os.environ.clear()
os.environ.update(LOADED_IN)
django.setup()
for _name in LOADED:
    importlib.import_module(_name)
