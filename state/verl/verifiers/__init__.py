"""Content verifiers, a file each: copy one to add one (docs/adding-a-verifier.md)."""
