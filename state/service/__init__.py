"""What operations, pages and commands call: a module a concern, imported by its name."""
