"""A game server's map is a name and a size; what lay on a former map can still be changed."""

import datetime

import django.core.validators
from django.db import migrations, models

# A base that lies off the map since the map is another one can be renamed, given away and removed like any other.
CENTRE_ON_MAP = """
CREATE OR REPLACE FUNCTION territory_base_centre_on_map() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    size double precision;
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.x, OLD.z, OLD.server_id) IS NOT DISTINCT FROM (NEW.x, NEW.z, NEW.server_id) THEN
        RETURN NEW;
    END IF;
    SELECT map_size_m INTO size FROM territory_gameserver WHERE id = NEW.server_id;
    IF NOT (NEW.x BETWEEN 0 AND size AND NEW.z BETWEEN 0 AND size) THEN
        RAISE EXCEPTION 'The centre (%, %) is not on the map of % m', NEW.x, NEW.z, size
            USING ERRCODE = 'check_violation', CONSTRAINT = 'territory_base_centre_on_map', TABLE = 'territory_base';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("territory", "0006_proof_of_names")]

    operations = [
        migrations.RemoveConstraint("gameserver", "territory_gameserver_known_map"),
        migrations.RemoveConstraint("placement", "territory_placement_pending_is_usable"),
        migrations.AlterField(
            "gameserver",
            "map",
            models.CharField(
                db_default="chernarusplus",
                default="chernarusplus",
                help_text="A map of the list, or the name of any other one. Bases stay when the map changes.",
                max_length=64,
                verbose_name="map",
            ),
        ),
        migrations.AddField(
            "gameserver",
            "map_size_m",
            models.FloatField(
                blank=True,
                db_default=15360.0,
                default=None,
                help_text="The length of a side in metres, for a map that is not in the list only.",
                validators=[
                    django.core.validators.MinValueValidator(500.0),
                    django.core.validators.MaxValueValidator(65536.0),
                ],
                verbose_name="sides of the map (m)",
            ),
        ),
        migrations.AddConstraint(
            "gameserver",
            models.CheckConstraint(
                condition=models.Q(map_size_m__gte=500.0, map_size_m__lte=65536.0),
                name="territory_gameserver_map_size_in_bounds",
                violation_error_message="The sides of a map are 500 to 65,536 m long.",
            ),
        ),
        migrations.AddConstraint(
            "placement",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "pending"), _negated=True),
                    models.Q(
                        ("occurred_at__isnull", False),
                        ("x__isnull", False),
                        ("z__isnull", False),
                        ("x__gte", 0),
                        ("x__lte", 65536.0),
                        ("z__gte", 0),
                        ("z__lte", 65536.0),
                        ("occurred_at__gte", datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)),
                        ("occurred_at__lt", datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)),
                        ("player_id__regex", "^[!-.0-~]{1,64}$"),
                    ),
                    _connector="OR",
                ),
                name="territory_placement_pending_is_usable",
            ),
        ),
        migrations.RunSQL("UPDATE territory_gameserver SET map_size_m = 12800 WHERE map = 'enoch'", migrations.RunSQL.noop),
        migrations.RunSQL(CENTRE_ON_MAP, migrations.RunSQL.noop),
    ]
