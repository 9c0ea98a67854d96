"""The five calls of contract §7: from a request's values to an answer, without a door."""
