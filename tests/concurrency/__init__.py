"""Many clients at once, over real processes: nothing lost, nothing twice, nothing backwards."""
