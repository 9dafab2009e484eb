"""Who looks, notes, appeals, and periods that were undone."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import uuid
from common.creating import CreateModels
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('territory', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Appeal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('by_link', models.BooleanField(db_default=False, default=False, verbose_name="by the ban's link")),
                    ('state', models.CharField(choices=[('open', 'waiting for staff'), ('granted', 'granted'), ('kept', 'the ban stays'), ('replaced', "replaced by the player's own appeal")], db_default='open', default='open', max_length=16, verbose_name='state')),
                    ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='opened at')),
                    ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                    ('ban', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='territory.ban', verbose_name='ban')),
                    ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('person', models.ForeignKey(help_text="Blank: by the ban's link, which proves nobody.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ],
                options={
                    'verbose_name': 'appeal',
                    'verbose_name_plural': 'appeals',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['opened_at', 'id'], name='justice_appeal_open')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('ban',), name='justice_appeal_one_open')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "justice_appealevent" ("ban_id", "by_link", "decided_at", "decided_by_id", "person_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."ban_id", NEW."by_link", NEW."decided_at", NEW."decided_by_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."state"); RETURN NULL;', hash='566aeb8f65749e8e6ab310351c0abeb6f82ac8a6', operation='INSERT', pgid='pgtrigger_insert_insert_c5be4', table='justice_appeal', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."ban_id" IS DISTINCT FROM (NEW."ban_id") OR OLD."by_link" IS DISTINCT FROM (NEW."by_link") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func='INSERT INTO "justice_appealevent" ("ban_id", "by_link", "decided_at", "decided_by_id", "person_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (OLD."ban_id", OLD."by_link", OLD."decided_at", OLD."decided_by_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."state"); RETURN NULL;', hash='f5a59f864bbbe4d16d77f3704cb33e117dac6d21', operation='UPDATE', pgid='pgtrigger_update_update_e4433', table='justice_appeal', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "justice_appealevent" ("ban_id", "by_link", "decided_at", "decided_by_id", "person_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (OLD."ban_id", OLD."by_link", OLD."decided_at", OLD."decided_by_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."state"); RETURN NULL;', hash='bebbeead4340fa2c81aa2cd09cc7ba10a42ceaa0', operation='DELETE', pgid='pgtrigger_delete_delete_8db77', table='justice_appeal', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='AppealEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('by_link', models.BooleanField(db_default=False, default=False, verbose_name="by the ban's link")),
                    ('state', models.CharField(choices=[('open', 'waiting for staff'), ('granted', 'granted'), ('kept', 'the ban stays'), ('replaced', "replaced by the player's own appeal")], db_default='open', default='open', max_length=16, verbose_name='state')),
                    ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                    ('ban', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.ban', verbose_name='ban')),
                    ('decided_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('person', models.ForeignKey(db_constraint=False, db_index=False, help_text="Blank: by the ban's link, which proves nobody.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='justice.appeal')),
                ],
                options={
                    'abstract': False,
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_appeal')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='AppealMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_staff', models.BooleanField(db_default=False, default=False, verbose_name='by staff')),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='at')),
                    ('text', models.TextField(verbose_name='text')),
                    ('appeal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='justice.appeal', verbose_name='appeal')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'words of an appeal',
                    'verbose_name_plural': 'words of appeals',
                    'ordering': ['appeal', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='CaseNote',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='at')),
                    ('text', models.TextField(verbose_name='text')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='territory.case', verbose_name='case')),
                ],
                options={
                    'verbose_name': 'note on a case',
                    'verbose_name_plural': 'notes on cases',
                    'ordering': ['case', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='QueueMark',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(max_length=16, verbose_name='kind')),
                    ('key', models.CharField(max_length=64, verbose_name='key')),
                    ('looked_at_until', models.DateTimeField(null=True, verbose_name='looked at until')),
                    ('skips', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='times skipped')),
                    ('looked_at_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='looked at by')),
                ],
                options={
                    'verbose_name': 'mark in the queue',
                    'verbose_name_plural': 'marks in the queue',
                    'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='justice_queuemark_once')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='UndoRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('run', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='run')),
                    ('scope', models.CharField(choices=[('moderator', 'a member of staff'), ('version', 'a version of the rule'), ('log', 'a log'), ('server', 'a game server'), ('run', 'what was undone together')], max_length=16, verbose_name='scope')),
                    ('subject', models.BigIntegerField(verbose_name='number of what was chosen')),
                    ('name', models.TextField(verbose_name='what was chosen')),
                    ('since', models.DateTimeField(null=True, verbose_name='since')),
                    ('until', models.DateTimeField(null=True, verbose_name='until')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('steps', models.JSONField(verbose_name='steps')),
                    ('done', models.PositiveIntegerField(db_default=0, default=0, verbose_name='steps taken')),
                    ('troubles', models.JSONField(db_default={}, default=dict, verbose_name='troubles')),
                    ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='started at')),
                    ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'undone period',
                    'verbose_name_plural': 'undone periods',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['id'], name='justice_undorun_open')],
                },
            ),
        ]),
    ]
