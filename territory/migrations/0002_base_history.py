"""What the database itself holds about bases: their centre lies on the map, and their past states are kept."""

from django.db import migrations

CENTRE_ON_MAP = """
CREATE FUNCTION territory_base_centre_on_map() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    size double precision;
BEGIN
    SELECT CASE map WHEN 'enoch' THEN 12800 ELSE 15360 END INTO size
        FROM territory_gameserver WHERE id = NEW.server_id;
    IF NOT (NEW.x BETWEEN 0 AND size AND NEW.z BETWEEN 0 AND size) THEN
        RAISE EXCEPTION 'The centre (%, %) is not on the map of % m', NEW.x, NEW.z, size
            USING ERRCODE = 'check_violation', CONSTRAINT = 'territory_base_centre_on_map', TABLE = 'territory_base';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER territory_base_centre_on_map BEFORE INSERT OR UPDATE OF x, z, server_id ON territory_base
    FOR EACH ROW EXECUTE FUNCTION territory_base_centre_on_map();
"""

# In the database, so that the admin, bulk updates and plain SQL all leave the same trace: without it an act would be
# judged by a circle, an owner or a clan that came later.
KEEP_HISTORY = """
CREATE FUNCTION territory_base_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := COALESCE(OLD.changed_at, OLD.registered_at);
    moment timestamptz := clock_timestamp();
    -- A base that was removed is only corrected: what it was ended with it.
    ended timestamptz := LEAST(moment, COALESCE(OLD.removed_at, moment));
    -- A base opened again was not there in between.
    reopened boolean := OLD.removed_at <= moment AND COALESCE(NEW.removed_at > OLD.removed_at, true);
BEGIN
    NEW.changed_at := OLD.changed_at;
    IF NOT COALESCE(reopened, false)
        AND (OLD.server_id, OLD.owner_id, OLD.clan_id, OLD.x, OLD.z, OLD.radius_m)
            IS NOT DISTINCT FROM (NEW.server_id, NEW.owner_id, NEW.clan_id, NEW.x, NEW.z, NEW.radius_m)
    THEN
        RETURN NEW;
    END IF;
    IF since < ended THEN
        INSERT INTO territory_baserevision
            (base_id, server_id, owner_id, clan_id, x, z, radius_m, valid_from, valid_to)
        VALUES
            (OLD.id, OLD.server_id, OLD.owner_id, OLD.clan_id, OLD.x, OLD.z, OLD.radius_m, since, ended);
        NEW.changed_at := ended;
    END IF;
    IF reopened THEN
        NEW.changed_at := moment;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER territory_base_keep_history BEFORE UPDATE ON territory_base
    FOR EACH ROW EXECUTE FUNCTION territory_base_keep_history();
"""


class Migration(migrations.Migration):
    dependencies = [("territory", "0001_initial")]

    operations = [
        migrations.RunSQL(
            CENTRE_ON_MAP,
            "DROP TRIGGER territory_base_centre_on_map ON territory_base;"
            "DROP FUNCTION territory_base_centre_on_map();",
        ),
        migrations.RunSQL(
            KEEP_HISTORY,
            "DROP TRIGGER territory_base_keep_history ON territory_base;"
            "DROP FUNCTION territory_base_keep_history();",
        ),
    ]
