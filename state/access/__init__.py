"""Who may do what: principals, keys, users, origins (contract §10)."""
