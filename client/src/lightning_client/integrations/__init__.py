"""Agents of other frameworks, shown and steered in Lightning State: a file per framework."""
