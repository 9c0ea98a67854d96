"""What a state is and which changes are legal: pure functions, no Django, no I/O."""
