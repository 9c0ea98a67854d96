"""What the process counts and measures (contract §9)."""
