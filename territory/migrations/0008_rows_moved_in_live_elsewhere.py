"""What was moved in is remembered by the app `moving`; bases may change places within a transaction."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.constraints
import territory.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clans', '0003_claimed_accounts'),
        ('territory', '0007_any_map'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='base',
            name='territory_base_no_overlap',
        ),
        migrations.AddConstraint(
            model_name='base',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('server', '='), ('owner', '<>'), (models.Func(models.Func(models.F('x'), models.F('z'), function='point', output_field=territory.models.base.PointField()), models.F('radius_m'), function='circle', output_field=territory.models.base.CircleField()), '&&'), (models.Func(models.F('registered_at'), models.F('removed_at'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='territory_base_no_overlap', violation_error_message='The circle overlaps a base of another owner. Move it or make it smaller.'),
        ),
        migrations.DeleteModel(
            name='ImportedRow',
        ),
    ]
