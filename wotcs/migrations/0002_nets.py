"""The audit's view once more, with the kinds that came since."""

import importlib

from django.db import migrations

first = importlib.import_module("wotcs.migrations.0001_audit")
KINDS = sorted({*first.KINDS, "justice.Appeal", "territory.CaseAct", "territory.Offence"})
VIEW = "CREATE VIEW wotcs_auditentry AS " + " UNION ALL ".join(
    first.EVENTS.format(kind=kind, table=f"{kind.lower().replace('.', '_')}event") for kind in KINDS
)


class Migration(migrations.Migration):

    dependencies = [
        ('justice', '0001_initial'),
        ('territory', '0005_nets'),
        ('wotcs', '0001_audit'),
    ]

    operations = [
        migrations.RunSQL("DROP VIEW wotcs_auditentry", first.VIEW),
        migrations.RunSQL(VIEW, "DROP VIEW wotcs_auditentry"),
    ]
