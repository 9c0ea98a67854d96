"""The size of a research's facts, how far the log was swept, and which changes were forced."""

from django.db import migrations, models

_SIZE = {"postgresql": "octet_length(document)", "sqlite": "length(cast(document as blob))"}


def measure(apps, schema_editor):
    size = _SIZE[schema_editor.connection.vendor]
    schema_editor.execute(
        f"update state_researchstate set fact_bytes = coalesce((select sum({size})"  # noqa: S608
        " from state_fact f where f.research_id = state_researchstate.id"
        " and f.valid_to is null), 0) where fact_count > 0"
    )


class Migration(migrations.Migration):
    dependencies = [("state", "0002_log_and_roles")]
    operations = [
        migrations.AddField("changelog", "swept_through", models.BigIntegerField(db_default=0)),
        migrations.AddField(
            "changerecord",
            "forced",
            models.BooleanField(db_default=False, help_text="An operator lifted the transitions."),
        ),
        migrations.AddField(
            "researchstate",
            "fact_bytes",
            models.BigIntegerField(db_default=0, help_text="Of the facts' JSON."),
        ),
        migrations.AddIndex(
            "fact",
            models.Index(
                condition=models.Q(("valid_to__isnull", False)),
                fields=["research_id", "valid_to"],
                name="fact_ended",
            ),
        ),
        migrations.RunPython(measure, migrations.RunPython.noop),
    ]
