"""Who is alive: agents and workers."""
