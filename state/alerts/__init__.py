"""Alerts: rules as data, a pure judge, a keeper, deliveries (contract §9)."""
