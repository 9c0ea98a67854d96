"""Django's admin for manual fixes: every change of a state goes through the service."""

from state.admin import accounts, changes, keys, site, states

__all__ = ["accounts", "changes", "keys", "site", "states"]
