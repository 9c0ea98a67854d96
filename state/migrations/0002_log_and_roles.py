"""The log's own row, and the groups that give users a role."""

import secrets

from django.db import migrations


def create(apps, schema_editor):
    apps.get_model("state", "ChangeLog").objects.create(id=1, epoch=secrets.token_hex(4))
    group = apps.get_model("auth", "Group")
    for name in ("operator", "viewer"):
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("state", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
