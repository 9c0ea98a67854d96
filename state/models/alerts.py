"""Alerts and the log of their deliveries."""

from django.db import models
from django.db.models import Q


class Alert(models.Model):
    """One cause that somebody should look at; open while ``closed_at`` is null."""

    rule = models.CharField(max_length=100)
    severity = models.CharField(max_length=10)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=300)
    summary = models.TextField()
    value = models.JSONField(null=True)
    threshold = models.JSONField(null=True)
    count = models.BigIntegerField(default=1)
    occurrence = models.CharField(max_length=60, default="")
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, default="", blank=True)
    note = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"],
                condition=Q(closed_at__isnull=True),
                name="one_open_alert",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="alerts_open", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["closed_at"], name="alerts_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}"


class AlertDelivery(models.Model):
    """One message about an alert to one channel: due, delivered, or given up."""

    class Outcome(models.TextChoices):
        DUE = "due"
        DELIVERED = "delivered"
        FAILED = "failed"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=200, help_text="The channel, its secrets left out.")
    event = models.CharField(max_length=10, help_text="opened or closed")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.DUE)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, default="", blank=True)
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="deliveries_due", condition=Q(outcome="due")),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.channel}: {self.outcome}"
