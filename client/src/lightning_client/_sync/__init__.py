"""The public face that blocks, made from ``_async`` by ``client/tools/make_sync.py``."""
