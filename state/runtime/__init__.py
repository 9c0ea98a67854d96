"""What a process runs on: its end, its failpoints."""
