import django.contrib.postgres.fields
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
                ('source', models.CharField(max_length=32)),
                ('table', models.CharField(max_length=32)),
                ('key', models.CharField(max_length=160)),
                ('object_id', models.BigIntegerField()),
                ('said', models.CharField(max_length=32)),
                ('wrote', models.CharField(blank=True, max_length=32)),
                ('marks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None)),
            ],
            options={
                'indexes': [models.Index(fields=['table', 'object_id'], name='moving_movedrow_object')],
                'constraints': [models.UniqueConstraint(fields=('source', 'table', 'key'), name='moving_movedrow_once')],
            },
        ),
    ]
