import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('announcements', '0001_initial'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='channel',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='channel',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='channel',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='channel',
            name='gone_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='webhook gone since'),
        ),
        migrations.AddField(
            model_name='channel',
            name='held_until',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='held until'),
        ),
        migrations.AddField(
            model_name='channel',
            name='hold',
            field=models.CharField(blank=True, choices=[('', '-'), ('limit', "Discord's rate limit of this channel"), ('away', 'Discord gives no answer'), ('blocked', 'Discord takes no message from this site')], db_default='', default='', editable=False, max_length=16, verbose_name='held because of'),
        ),
        migrations.AddField(
            model_name='channel',
            name='shows_allowed',
            field=models.BooleanField(db_default=False, default=False, help_text='Only for a staff channel: a message for each player, base and minute, with coordinates.', verbose_name='allowed placements too'),
        ),
        migrations.AddField(
            model_name='channelevent',
            name='gone_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='webhook gone since'),
        ),
        migrations.AddField(
            model_name='channelevent',
            name='shows_allowed',
            field=models.BooleanField(db_default=False, default=False, help_text='Only for a staff channel: a message for each player, base and minute, with coordinates.', verbose_name='allowed placements too'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channel',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "announcements_channelevent" ("audience", "clan_id", "gone_at", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shows_allowed", "topic_id") VALUES (NEW."audience", NEW."clan_id", NEW."gone_at", NEW."is_active", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."shows_allowed", NEW."topic_id"); RETURN NULL;', hash='ea81e5a6af5c3af500447cc04172f3e9380edad2', operation='INSERT', pgid='pgtrigger_insert_insert_fabdf', table='announcements_channel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channel',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."audience" IS DISTINCT FROM (NEW."audience") OR OLD."clan_id" IS DISTINCT FROM (NEW."clan_id") OR OLD."gone_at" IS DISTINCT FROM (NEW."gone_at") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."shows_allowed" IS DISTINCT FROM (NEW."shows_allowed") OR OLD."topic_id" IS DISTINCT FROM (NEW."topic_id"))', func='INSERT INTO "announcements_channelevent" ("audience", "clan_id", "gone_at", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shows_allowed", "topic_id") VALUES (OLD."audience", OLD."clan_id", OLD."gone_at", OLD."is_active", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."shows_allowed", OLD."topic_id"); RETURN NULL;', hash='e264ed83e43123d5fceba4d21eaadbd78ef0b95d', operation='UPDATE', pgid='pgtrigger_update_update_b6a36', table='announcements_channel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channel',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "announcements_channelevent" ("audience", "clan_id", "gone_at", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shows_allowed", "topic_id") VALUES (OLD."audience", OLD."clan_id", OLD."gone_at", OLD."is_active", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."shows_allowed", OLD."topic_id"); RETURN NULL;', hash='c4d8e46ecd280662f98ff62fd709ec6ae9d630b2', operation='DELETE', pgid='pgtrigger_delete_delete_dc156', table='announcements_channel', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='channel',
            constraint=models.CheckConstraint(condition=models.Q(('audience', 'staff'), ('shows_allowed', False), _connector='OR'), name='announcements_channel_allowed_only_for_staff', violation_error_message='Allowed placements are shown in a staff channel only.'),
        ),
        migrations.AddField(
            model_name='announcement',
            name='may_stand',
            field=models.BooleanField(db_default=False, default=False, verbose_name='may stand in the channel'),
        ),
    ]
