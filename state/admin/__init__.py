"""Django's admin for manual fixes: every change of a state goes through the service."""

from state.admin import changes, keys, site, states

__all__ = ["changes", "keys", "site", "states"]
