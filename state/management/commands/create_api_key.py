"""Creates an API key and prints it, alone, on standard output."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from state.domain.errors import Invalid
from state.models import ApiKey
from state.service import keys

_OPTIONS = {"name": "--name", "agentId": "--agent-id", "expiresInDays": "--expires-in-days"}


class Command(BaseCommand):
    help = "Create an API key; it is shown once and stored hashed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="who uses it; the actor in the log")
        parser.add_argument("--role", required=True, choices=ApiKey.Role.values)
        parser.add_argument("--agent-id", default="", help="bind the key to one agent's state")
        parser.add_argument("--expires-in-days", type=int, help="1 to 36500; never, when absent")

    def handle(self, *args: Any, **options: Any) -> None:
        wish = keys.KeyWish(
            options["name"], options["role"], options["agent_id"], options["expires_in_days"]
        )
        try:
            made = keys.make_key(wish, "create_api_key")
        except Invalid as refusal:
            wrong = refusal.data["errors"][0]
            raise CommandError(f"{_OPTIONS[wrong['field']]} {wrong['message']}") from refusal
        self.stdout.write(made["key"])
