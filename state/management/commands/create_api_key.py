"""Creates an API key and prints it, alone, on standard output."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from state.access.keys import create_key
from state.domain.key_rules import LONGEST_LIFE, name_problem
from state.domain.kinds import ID_RULE, is_id
from state.models import ApiKey


class Command(BaseCommand):
    help = "Create an API key; it is shown once and stored hashed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="who uses it; the actor in the log")
        parser.add_argument("--role", required=True, choices=ApiKey.Role.values)
        parser.add_argument("--agent-id", default="", help="bind the key to one agent's state")
        parser.add_argument("--expires-in-days", type=int, help="1 to 36500; never, when absent")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["agent_id"] and not is_id(options["agent_id"]):
            raise CommandError(f"--agent-id must be {ID_RULE}")
        days = options["expires_in_days"]
        if days is not None and not 1 <= days <= LONGEST_LIFE.days:
            raise CommandError(f"--expires-in-days must be between 1 and {LONGEST_LIFE.days}")
        problem = name_problem(options["name"])
        if problem:
            raise CommandError(f"--name {problem}")
        self.stdout.write(
            create_key(
                options["name"],
                options["role"],
                agent_id=options["agent_id"],
                expires_in_days=days,
            )
        )
