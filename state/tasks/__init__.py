"""Tasks of the Lightning wire, queued or executed, and the resources its clients share."""
