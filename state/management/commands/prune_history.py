"""Prunes the change log to the retention."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from state.service import watching

DAYS_MAX = 36_500


class Command(BaseCommand):
    help = "Remove history older than the retention (LIGHTNING_EVENT_RETENTION_DAYS)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=float, help="keep so many days instead; 0 keeps the anchors only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days is None:
            days = settings.LIGHTNING_EVENT_RETENTION_DAYS
        if not 0 <= days <= DAYS_MAX:
            raise CommandError(f"--days must be a number from 0 to {DAYS_MAX}")
        removed = watching.prune_history(datetime.now(UTC) - timedelta(days=days))
        self.stdout.write(f"{removed} changes removed.")
