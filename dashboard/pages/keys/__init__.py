"""API keys: who may come in, made and revoked by admins."""
