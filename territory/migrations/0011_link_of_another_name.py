"""A gamertag that is changed while its player id is unknown is a new link: before it somebody else bore that name."""

from django.db import migrations

# Judging writes names too, but only of identities whose player id is known.
LINKED_AT = """
CREATE OR REPLACE FUNCTION territory_playeridentity_linked_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id IS NULL THEN
        NEW.linked_at := NULL;
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
DROP TRIGGER territory_playeridentity_linked_at ON territory_playeridentity;
CREATE TRIGGER territory_playeridentity_linked_at BEFORE INSERT OR UPDATE OF user_id, linked_at, gamertag
    ON territory_playeridentity FOR EACH ROW EXECUTE FUNCTION territory_playeridentity_linked_at();
"""


class Migration(migrations.Migration):

    dependencies = [('territory', '0010_defaults')]

    operations = [migrations.RunSQL(LINKED_AT)]
