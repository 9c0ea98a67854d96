"""The fast ASGI door for requests with an API key."""
