"""Placements of a time are found by an index of a few pages."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("territory", "0007_overlap_words")]

    operations = [
        migrations.AddIndex(
            model_name="placement",
            index=BrinIndex(fields=["occurred_at"], name="territory_placement_time", pages_per_range=16),
        ),
    ]
