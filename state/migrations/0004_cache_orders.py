from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("state", "0003_locks"),
    ]

    operations = [
        migrations.CreateModel(
            name="CacheOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=300)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
