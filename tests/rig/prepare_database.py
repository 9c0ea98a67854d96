"""Migrates the database of DATABASE_URL, adds an account and a key per role, prints the keys.

Run as a program, so that one Django start does it all and pytest's own process keeps out of it.
"""

import io
import json
import os
import sys

import django
from django.core.management import call_command

ROLES = ("viewer", "agent", "operator", "admin")
PASSWORD = "correct horse battery staple"


def create_account(role: str) -> None:
    from django.contrib.auth.models import Group, User

    if role == "admin":
        User.objects.create_superuser(role, password=PASSWORD)
        return
    user = User.objects.create_user(role, password=PASSWORD, is_staff=role == "operator")
    user.groups.add(Group.objects.get_or_create(name=role)[0])


def create_key(role: str) -> str:
    printed = io.StringIO()
    call_command("create_api_key", name=f"rig-{role}", role=role, stdout=printed)
    return printed.getvalue().strip()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lightning_site.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    keys = {role: create_key(role) for role in ROLES}
    for role in ROLES:
        create_account(role)
    json.dump(keys, sys.stdout)


if __name__ == "__main__":
    main()
