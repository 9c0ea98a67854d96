"""Reads and writes states, facts and the change log: the only SQL that does."""

from state.store.engine import apply
from state.store.fetch import StoredState, fetch_facts, fetch_states, fetch_version

__all__ = ["StoredState", "apply", "fetch_facts", "fetch_states", "fetch_version"]
