"""The client without I/O: requests as data, and flows that say what to do next."""
