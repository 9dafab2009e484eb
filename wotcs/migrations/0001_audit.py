"""The audit's view: one list of the events of all audited models, numbered by one sequence."""

from django.db import migrations, models

KINDS = (
    'announcements.Channel', 'clans.AccountLink', 'clans.Clan', 'clans.ClanMembership', 'clans.GroupOfUser',
    'clans.RightOfGroup', 'clans.RightOfUser', 'clans.User', 'face.Community', 'justice.Appeal', 'tanks.Player', 'tanks.Realm',
    'territory.Ban', 'territory.BanList', 'territory.Base', 'territory.BasePermission', 'territory.CaseAct', 'territory.GameServer',
    'territory.IdentityConflict', 'territory.Infraction', 'territory.ItemRule', 'territory.LogSource', 'territory.Offence',
    'territory.PlayerIdentity', 'territory.StaffImmunity',
)
# Columns of one type everywhere, and one table in each part: PostgreSQL then merges their indexes for the newest entries.
EVENTS = """
SELECT pgh_id AS id, pgh_created_at AS at, '{kind}'::text AS kind, pgh_label AS act, pgh_obj_id::bigint AS object_id,
    (pgh_context->>'user')::bigint AS user_id, pgh_context AS cause
FROM {table}
"""
VIEW = "CREATE VIEW wotcs_auditentry AS " + " UNION ALL ".join(
    EVENTS.format(kind=kind, table=f"{kind.lower().replace('.', '_')}event") for kind in KINDS
)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('announcements', '0001_initial'),
        ('justice', '0001_initial'),
        ('tanks', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('kind', models.CharField(max_length=100, verbose_name='kind')),
                ('act', models.CharField(choices=[('insert', 'added'), ('update', 'changed'), ('delete', 'deleted')], max_length=16, verbose_name='act')),
                ('object_id', models.BigIntegerField(verbose_name="row's number")),
                ('cause', models.JSONField(null=True, verbose_name='cause')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit',
                'ordering': ['-id'],
                'managed': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.RunSQL(VIEW, "DROP VIEW wotcs_auditentry"),
    ]
