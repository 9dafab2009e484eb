from django.db import migrations, models

# As before, and noting when a person's link ended.
LINKED_AT = """
CREATE OR REPLACE FUNCTION territory_playeridentity_linked_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id IS NULL THEN
        NEW.linked_at := NULL;
        IF TG_OP = 'UPDATE' AND OLD.user_id IS NOT NULL THEN
            NEW.unlinked_at := now();
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        NEW.linked_at := COALESCE(NEW.linked_at, NEW.created_at);
    ELSIF NEW.user_id IS DISTINCT FROM OLD.user_id
            OR (NEW.player_id IS NULL AND NEW.gamertag IS DISTINCT FROM OLD.gamertag) THEN
        NEW.linked_at := now();
    ELSE
        NEW.linked_at := COALESCE(NEW.linked_at, OLD.linked_at);
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('territory', '0004_invitations'),
    ]

    operations = [
        migrations.AddField(
            model_name='playeridentity',
            name='unlinked_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='unlinked at'),
        ),
        migrations.RunSQL(LINKED_AT, migrations.RunSQL.noop),
    ]
