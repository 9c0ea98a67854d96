"""Which change of a state was the last one at a place in the log, in one look."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("state", "0008_tasks_times_in_ticks")]
    operations = [
        migrations.AddIndex(
            "changerecord",
            models.Index(fields=["kind", "state_id", "seq"], name="change_by_place"),
        ),
    ]
