"""A folder a page: its view, what only it presents, its URLs.

``dashboard/urls.py`` names the folders once; what several pages show is in ``dashboard/parts``.
"""
