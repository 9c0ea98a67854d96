"""VERL, the verification and reasoning layer: which verifiers a write passes."""
