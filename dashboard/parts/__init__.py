"""How things look as text: the only place, for templates and for the socket's frames alike.

A page is rendered once from these cells and then patched from frames that carry the same cells,
so a value can never be written in two ways. Structure (tags, classes) stays in the templates.
"""
