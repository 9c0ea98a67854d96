"""Creates an API key and prints it, alone, on standard output."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from state.access import create_key
from state.domain.kinds import is_id
from state.models import ApiKey


class Command(BaseCommand):
    help = "Create an API key; it is shown once and stored hashed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="who uses it; the actor in the log")
        parser.add_argument("--role", required=True, choices=ApiKey.Role.values)
        parser.add_argument("--agent-id", default="", help="bind the key to one agent's state")
        parser.add_argument("--expires-in-days", type=int, help="1 or more; never, when absent")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["agent_id"] and not is_id(options["agent_id"]):
            raise CommandError("--agent-id must be 1–200 of A-Z a-z 0-9 . _ : @ -")
        if options["expires_in_days"] is not None and options["expires_in_days"] < 1:
            raise CommandError("--expires-in-days must be 1 or more")
        if not options["name"].strip() or len(options["name"]) > 50:
            raise CommandError("--name must have 1 to 50 characters")
        self.stdout.write(
            create_key(
                options["name"],
                options["role"],
                agent_id=options["agent_id"],
                expires_in_days=options["expires_in_days"],
            )
        )
