"""The pages: each reads through the service, presents, and renders."""
