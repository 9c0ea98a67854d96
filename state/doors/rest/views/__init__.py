"""The views: one thin class a resource."""
