"""Heartbeats of agents, the running workers, and the orders to their caches."""

from django.db import models

from state.models.fields import ByteOrderedField


class AgentHeartbeat(models.Model):
    """When an agent was last heard of."""

    agent_id = ByteOrderedField(primary_key=True, max_length=200)
    last_seen = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.agent_id)


class Worker(models.Model):
    """A running worker process and its latest figures, refreshed every second."""

    id = models.CharField(primary_key=True, max_length=40)
    instance = models.CharField(max_length=40)
    host = models.CharField(max_length=100)
    pid = models.IntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    figures = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class CacheOrder(models.Model):
    """A key or a category that every worker is to drop from its caches, in the order of ids."""

    name = models.CharField(max_length=300)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.name)
