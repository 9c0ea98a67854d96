"""Says that this process begins to end: whoever waits for something answers with what there is."""

import threading

begun = threading.Event()
"""Set by the server before it waits for the requests under way."""
