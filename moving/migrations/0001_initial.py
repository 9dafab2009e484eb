import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='MovedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=32, verbose_name='old system')),
                ('table', models.CharField(max_length=32, verbose_name='table')),
                ('key', models.CharField(max_length=160, verbose_name='key')),
                ('object_id', models.BigIntegerField(verbose_name='number here')),
                ('said', models.CharField(max_length=32)),
                ('wrote', models.CharField(blank=True, max_length=32)),
                ('marks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None)),
                ('ended', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('moved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='moved in at')),
            ],
            options={
                'verbose_name': 'row moved in',
                'verbose_name_plural': 'rows moved in',
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['table', 'object_id'], name='moving_movedrow_object')],
                'constraints': [models.UniqueConstraint(fields=('source', 'table', 'key'), name='moving_movedrow_once')],
            },
        ),
    ]
