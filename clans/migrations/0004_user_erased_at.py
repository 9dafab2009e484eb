from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clans', '0003_audit'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='erased_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='deleted at'),
        ),
    ]
