"""A fork of the loaded product has the settings of its own environment."""

import pytest

from tests.rig.environment import clean_environment, run_python
from tests.rig.loaded_python import LOADED, READ_AT_IMPORT

WHAT_IS_READ = """
import importlib, sys
from collections import Counter
from django.conf import LazySettings
import django

read, look = Counter(), LazySettings.__getattribute__
def noting(self, name):
    read[name] += name.isupper()
    return look(self, name)
LazySettings.__getattribute__ = noting

django.setup()
for name in sys.argv[1:]:
    importlib.import_module(name)
once = read.copy()
read.clear()
del sys.modules["lightning_site.asgi"]
importlib.import_module("lightning_site.asgi")  # as in a fork: what is read now is read late
module = sys.modules["lightning_site.settings"]
print(*sorted(name for name in once - read if hasattr(module, name)))
"""
THE_SAME_IN_ALL = {
    "AUTH_USER_MODEL", "AXES_CLIENT_IP_CALLABLE", "AXES_COOLOFF_TIME", "AXES_FAILURE_LIMIT",
    "AXES_LOCKOUT_PARAMETERS", "AXES_LOCKOUT_TEMPLATE", "AXES_RESET_ON_SUCCESS",
    "DEFAULT_AUTO_FIELD", "INSTALLED_APPS", "LANGUAGE_CODE", "LOGGING", "REST_FRAMEWORK",
    "STATIC_URL", "STORAGES",
}  # fmt: skip
MADE_ANEW = {"DATABASES", "LIGHTNING_FAILPOINTS"}


@pytest.mark.slow
def test_what_the_product_reads_while_it_is_loaded_is_known() -> None:
    read = run_python("-c", WHAT_IS_READ, *LOADED, environment=clean_environment()).split()
    assert set(read) - THE_SAME_IN_ALL - MADE_ANEW <= set(READ_AT_IMPORT)
    assert "LIGHTNING_TASK_TIMEOUT_SECONDS" in read
