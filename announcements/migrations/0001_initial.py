"""Channels and their outbox."""

import common.sealed
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
from common.creating import CreateModels
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('territory', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Channel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                    ('audience', models.CharField(choices=[('public', 'public: without coordinates'), ('staff', 'staff: with coordinates'), ('clan', 'a clan: alarms of its bases, without coordinates')], max_length=16, verbose_name='audience')),
                    ('topic', models.ForeignKey(blank=True, help_text='The game server whose announcements stand here. Blank: those of all of them.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.gameserver', verbose_name='topic')),
                    ('clan', models.ForeignKey(blank=True, help_text="Only for a clan's channel: whose bases' alarms stand here.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clans.clan', verbose_name='clan')),
                    ('webhook_url', common.sealed.SealedTextField(help_text="From Discord's channel settings. Whoever knows it can write there: treat it as a password.", verbose_name='webhook address')),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('gone_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='webhook gone since')),
                    ('held_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='held until')),
                    ('hold', models.CharField(blank=True, choices=[('', '-'), ('limit', "Discord's rate limit of this channel"), ('away', 'Discord gives no answer'), ('blocked', 'Discord takes no message from this site')], db_default='', default='', editable=False, max_length=16, verbose_name='held because of')),
                    ('shows_allowed', models.BooleanField(db_default=False, default=False, help_text='Only for a staff channel: a message for each player, base and minute, with coordinates.', verbose_name='allowed placements too')),
                ],
                options={
                    'verbose_name': 'channel',
                    'verbose_name_plural': 'channels',
                    'ordering': ['name'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('audience', 'clan'), ('clan__isnull', True), _connector='OR'), name='announcements_channel_clan_only_of_clans', violation_error_message="Only a clan's channel names a clan."), models.CheckConstraint(condition=models.Q(('audience', 'staff'), ('shows_allowed', False), _connector='OR'), name='announcements_channel_allowed_only_for_staff', violation_error_message='Allowed placements are shown in a staff channel only.')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "announcements_channelevent" ("audience", "clan_id", "gone_at", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shows_allowed", "topic_id") VALUES (NEW."audience", NEW."clan_id", NEW."gone_at", NEW."is_active", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."shows_allowed", NEW."topic_id"); RETURN NULL;', hash='ea81e5a6af5c3af500447cc04172f3e9380edad2', operation='INSERT', pgid='pgtrigger_insert_insert_fabdf', table='announcements_channel', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."audience" IS DISTINCT FROM (NEW."audience") OR OLD."clan_id" IS DISTINCT FROM (NEW."clan_id") OR OLD."gone_at" IS DISTINCT FROM (NEW."gone_at") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."shows_allowed" IS DISTINCT FROM (NEW."shows_allowed") OR OLD."topic_id" IS DISTINCT FROM (NEW."topic_id"))', func='INSERT INTO "announcements_channelevent" ("audience", "clan_id", "gone_at", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shows_allowed", "topic_id") VALUES (OLD."audience", OLD."clan_id", OLD."gone_at", OLD."is_active", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."shows_allowed", OLD."topic_id"); RETURN NULL;', hash='e264ed83e43123d5fceba4d21eaadbd78ef0b95d', operation='UPDATE', pgid='pgtrigger_update_update_b6a36', table='announcements_channel', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "announcements_channelevent" ("audience", "clan_id", "gone_at", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shows_allowed", "topic_id") VALUES (OLD."audience", OLD."clan_id", OLD."gone_at", OLD."is_active", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."shows_allowed", OLD."topic_id"); RETURN NULL;', hash='c4d8e46ecd280662f98ff62fd709ec6ae9d630b2', operation='DELETE', pgid='pgtrigger_delete_delete_dc156', table='announcements_channel', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='Announcement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('attempts', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='attempts')),
                    ('not_before', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='not before')),
                    ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='claimed until')),
                    ('last_error', models.TextField(blank=True, db_default='', default='', verbose_name='last error')),
                    ('channel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='announcements', to='announcements.channel', verbose_name='channel')),
                    ('key', models.CharField(max_length=100, verbose_name='key')),
                    ('answers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, null=True, size=None, verbose_name='answers')),
                    ('message', models.JSONField(verbose_name='message')),
                    ('state', models.CharField(choices=[('pending', 'to be sent'), ('sent', 'sent'), ('failed', 'failed'), ('withdrawn', 'withdrawn')], db_default='pending', default='pending', max_length=16, verbose_name='state')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                    ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                    ('may_stand', models.BooleanField(db_default=False, default=False, verbose_name='may stand in the channel')),
                ],
                options={
                    'verbose_name': 'announcement',
                    'verbose_name_plural': 'announcements',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['not_before'], name='announcements_due')],
                    'constraints': [models.UniqueConstraint(fields=('channel', 'key'), name='announcements_announcement_once')],
                },
            ),
            migrations.CreateModel(
                name='ChannelEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='announcements.channel')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('audience', models.CharField(choices=[('public', 'public: without coordinates'), ('staff', 'staff: with coordinates'), ('clan', 'a clan: alarms of its bases, without coordinates')], max_length=16, verbose_name='audience')),
                    ('topic', models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='The game server whose announcements stand here. Blank: those of all of them.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver', verbose_name='topic')),
                    ('clan', models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text="Only for a clan's channel: whose bases' alarms stand here.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.clan', verbose_name='clan')),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('gone_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='webhook gone since')),
                    ('shows_allowed', models.BooleanField(db_default=False, default=False, help_text='Only for a staff channel: a message for each player, base and minute, with coordinates.', verbose_name='allowed placements too')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_channel')],
                    'default_permissions': (),
                },
            ),
        ]),
    ]
