import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("territory", "0002_base_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(max_length=32, verbose_name="table")),
                ("key", models.CharField(max_length=100, verbose_name="key")),
                ("object_id", models.BigIntegerField(verbose_name="number here")),
                ("digest", models.CharField(max_length=32, verbose_name="digest")),
                ("kept", models.JSONField(verbose_name="stored because of it")),
                (
                    "imported_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="imported at"
                    ),
                ),
            ],
            options={
                "verbose_name": "imported row",
                "verbose_name_plural": "imported rows",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="infraction",
            name="from_old_system",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="from the old system"
            ),
        ),
        migrations.AlterField(
            model_name="infraction",
            name="infraction_type",
            field=models.CharField(
                choices=[
                    ("territory_invasion", "territory invasion"),
                    ("forbidden_item", "forbidden item"),
                    ("other", "other infraction"),
                ],
                max_length=24,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="infraction",
            name="placement",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="infraction",
                to="territory.placement",
                verbose_name="placement",
            ),
        ),
        migrations.AddConstraint(
            model_name="infraction",
            constraint=models.CheckConstraint(
                condition=models.Q(("placement__isnull", False), ("from_old_system", True), _connector="OR"),
                name="territory_infraction_has_placement",
            ),
        ),
        migrations.AddField(
            model_name="importedrow",
            name="server",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="territory.gameserver",
                verbose_name="game server",
            ),
        ),
        migrations.AddConstraint(
            model_name="importedrow",
            constraint=models.UniqueConstraint(
                fields=("server", "table", "key"), name="territory_importedrow_once"
            ),
        ),
    ]
