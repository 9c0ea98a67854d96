"""Every call of the contract, as data: a file per section."""
