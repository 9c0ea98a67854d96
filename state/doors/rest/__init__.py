"""The DRF door: the whole API, documented; every rule is in the service below."""
