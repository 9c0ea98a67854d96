"""Makes Django's admin site ours: its name, its way back, who may enter."""

import rest_framework_api_key.admin  # noqa: F401  (registers what is taken out below)
from axes.models import AccessFailureLog
from django.contrib import admin
from rest_framework_api_key.models import APIKey

from state.admin.access import AdminLoginForm, is_admin

admin.site.site_header = "Lightning State"
admin.site.site_title = "Lightning State"
admin.site.index_title = "Manual fixes, keys and accounts"
admin.site.site_url = "/"
admin.site.login_form = AdminLoginForm
admin.site.has_permission = is_admin  # type: ignore[method-assign]

# The library registers its own kind of key, which nothing here accepts; and axes a log that is
# not kept (AXES_ENABLE_ACCESS_FAILURE_LOG).
admin.site.unregister([APIKey, AccessFailureLog])
