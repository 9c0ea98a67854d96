"""Runs the ASGI application: listening sockets, one worker, and the supervisor of several."""
