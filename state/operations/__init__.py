"""The table of every call of ``/api/v1``, and the one frame around each of them.

A door turns its wire into a ``Call``, finds its ``Operation`` in the table, and sends the
``Answer`` that the frame returns. How to add a call: docs/adding-a-call.md.
"""
