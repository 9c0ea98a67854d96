"""The Django project."""

from state.runtime import garbage

garbage.load()  # until Django is set up (state/apps.py)
