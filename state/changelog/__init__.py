"""The change log as a reader sees it: cursors, events, and the tail that follows it."""
