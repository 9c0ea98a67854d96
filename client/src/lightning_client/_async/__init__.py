"""The public face that awaits. ``_sync`` is made from it by ``client/tools/make_sync.py``."""
