from django.db import migrations

# A linked player is known by the player id, or by the gamertag while that is unknown; learning the id keeps the link's proof.
LINK_OF_IDENTITY = """
CREATE FUNCTION territory_playeridentity_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before territory_playeridentity;
    after territory_playeridentity;
BEGIN
    IF TG_OP <> 'INSERT' THEN before := OLD; END IF;
    IF TG_OP <> 'DELETE' THEN after := NEW; END IF;
    PERFORM clans_follow_pointer(
        before.user_id, CASE WHEN before.player_id IS NULL THEN 'gamertag' ELSE 'player_id' END,
        COALESCE(before.player_id, before.gamertag_key),
        after.user_id, CASE WHEN after.player_id IS NULL THEN 'gamertag' ELSE 'player_id' END,
        COALESCE(after.player_id, after.gamertag_key), after.gamertag
    );
    RETURN NULL;
END $$;
CREATE TRIGGER territory_playeridentity_link_inserted AFTER INSERT ON territory_playeridentity FOR EACH ROW
    WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION territory_playeridentity_link();
CREATE TRIGGER territory_playeridentity_link_deleted AFTER DELETE ON territory_playeridentity FOR EACH ROW
    WHEN (OLD.user_id IS NOT NULL) EXECUTE FUNCTION territory_playeridentity_link();
CREATE TRIGGER territory_playeridentity_link_changed AFTER UPDATE OF user_id, gamertag, player_id
    ON territory_playeridentity FOR EACH ROW
    WHEN ((OLD.user_id IS NOT NULL OR NEW.user_id IS NOT NULL)
        AND (OLD.user_id, OLD.gamertag, OLD.player_id) IS DISTINCT FROM (NEW.user_id, NEW.gamertag, NEW.player_id))
    EXECUTE FUNCTION territory_playeridentity_link();
INSERT INTO clans_accountlink (user_id, kind, key, name, state, proof, decided_at)
SELECT user_id, CASE WHEN player_id IS NULL THEN 'gamertag' ELSE 'player_id' END, COALESCE(player_id, gamertag_key),
    gamertag, 'proven', 'entered', now()
FROM territory_playeridentity WHERE user_id IS NOT NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('territory', '0001_initial'),
        ('clans', '0002_links'),
    ]

    operations = [
        migrations.RunSQL(LINK_OF_IDENTITY, "DROP FUNCTION territory_playeridentity_link CASCADE"),
    ]
