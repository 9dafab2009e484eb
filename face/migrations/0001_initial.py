import django.core.validators
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


def make_the_community(apps, schema_editor):
    apps.get_model("face", "Community").objects.create(id=1)


class Migration(migrations.Migration):

    initial = True

    operations = [
        # The numbers of all events, of every app: each audited app comes after this one.
        migrations.RunSQL('CREATE SEQUENCE audit_event', 'DROP SEQUENCE audit_event'),
        migrations.CreateModel(
            name='Community',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(default='WOTCS', max_length=40, verbose_name='name')),
                ('motto', models.CharField(blank=True, default='', help_text="A sentence below the home page's claim.", max_length=120, verbose_name='motto')),
                ('accent', models.CharField(choices=[('green', 'green'), ('teal', 'teal'), ('violet', 'violet'), ('wine', 'wine'), ('ochre', 'ochre')], default='green', help_text='The colour of links and buttons. World of Tanks and staff pages have colours of their own.', max_length=12, verbose_name='accent colour')),
                ('discord_invitation', models.CharField(blank=True, default='', max_length=100, validators=[django.core.validators.RegexValidator('^https://(discord\\.gg|discord\\.com/invite)/[\\w-]+$', 'Copy the invitation from Discord: https://discord.gg/...')], verbose_name='Discord invitation')),
                ('logo', models.BinaryField(blank=True, null=True, verbose_name='logo')),
                ('logo_type', models.CharField(blank=True, default='', editable=False, max_length=20)),
                ('is_wall_indexed', models.BooleanField(db_default=False, default=False, help_text='Off: pages with names from the wall ask search engines to leave them out.', verbose_name='search engines may list the wall of shame')),
            ],
            options={
                'verbose_name': 'community',
                'verbose_name_plural': 'community',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='face_community_one_row'), models.CheckConstraint(condition=models.Q(models.Q(('logo__isnull', True), ('logo_type', '')), models.Q(('logo__isnull', False), models.Q(('logo_type', ''), _negated=True)), _connector='OR'), name='face_community_logo_has_type')],
            },
        ),
        migrations.CreateModel(
            name='CommunityEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='face.community')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('name', models.CharField(default='WOTCS', max_length=40, verbose_name='name')),
                ('motto', models.CharField(blank=True, default='', help_text="A sentence below the home page's claim.", max_length=120, verbose_name='motto')),
                ('accent', models.CharField(choices=[('green', 'green'), ('teal', 'teal'), ('violet', 'violet'), ('wine', 'wine'), ('ochre', 'ochre')], default='green', help_text='The colour of links and buttons. World of Tanks and staff pages have colours of their own.', max_length=12, verbose_name='accent colour')),
                ('discord_invitation', models.CharField(blank=True, default='', max_length=100, validators=[django.core.validators.RegexValidator('^https://(discord\\.gg|discord\\.com/invite)/[\\w-]+$', 'Copy the invitation from Discord: https://discord.gg/...')], verbose_name='Discord invitation')),
                ('logo_type', models.CharField(blank=True, default='', editable=False, max_length=20)),
                ('is_wall_indexed', models.BooleanField(db_default=False, default=False, help_text='Off: pages with names from the wall ask search engines to leave them out.', verbose_name='search engines may list the wall of shame')),
            ],
            options={
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_community')],
                'default_permissions': (),
            },
        ),
        # Before the triggers: that the row is made is nobody's change.
        migrations.RunPython(make_the_community, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='community',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "face_communityevent" ("accent", "discord_invitation", "is_wall_indexed", "logo_type", "motto", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."accent", NEW."discord_invitation", NEW."is_wall_indexed", NEW."logo_type", NEW."motto", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='90ab34d5fcd43199d4e18a3cfef1471818ffdb8d', operation='INSERT', pgid='pgtrigger_insert_insert_2b44b', table='face_community', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='community',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."accent" IS DISTINCT FROM (NEW."accent") OR OLD."discord_invitation" IS DISTINCT FROM (NEW."discord_invitation") OR OLD."is_wall_indexed" IS DISTINCT FROM (NEW."is_wall_indexed") OR OLD."logo_type" IS DISTINCT FROM (NEW."logo_type") OR OLD."motto" IS DISTINCT FROM (NEW."motto") OR OLD."name" IS DISTINCT FROM (NEW."name"))', func='INSERT INTO "face_communityevent" ("accent", "discord_invitation", "is_wall_indexed", "logo_type", "motto", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."accent", OLD."discord_invitation", OLD."is_wall_indexed", OLD."logo_type", OLD."motto", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id"); RETURN NULL;', hash='3f3d6aab5fecc018f6824867060d042d8a0875e2', operation='UPDATE', pgid='pgtrigger_update_update_c7be8', table='face_community', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='community',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "face_communityevent" ("accent", "discord_invitation", "is_wall_indexed", "logo_type", "motto", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."accent", OLD."discord_invitation", OLD."is_wall_indexed", OLD."logo_type", OLD."motto", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='1aa27335f12949753510f749f7c6d3fa3a47b073', operation='DELETE', pgid='pgtrigger_delete_delete_d3078', table='face_community', when='AFTER')),
        ),
    ]
