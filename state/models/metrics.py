"""What the deployment did, minute by minute."""

from django.db import models


class MetricMinute(models.Model):
    """One worker's minute; a deployment's is the sum of its workers'."""

    minute = models.DateTimeField()
    worker = models.CharField(max_length=40)
    operations = models.BigIntegerField()
    errors = models.BigIntegerField()
    hits = models.BigIntegerField()
    reads = models.BigIntegerField(help_text="Reads that looked for a cached state.")
    changes = models.BigIntegerField(help_text="Every worker sees every change.")
    durations = models.JSONField(help_text="The buckets of state.metrics.durations.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["minute", "worker"], name="one_minute_of_a_worker"),
        ]

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M} {self.worker}"
