"""Jobs: one action on many states, in steps that are each committed with what they tell."""
