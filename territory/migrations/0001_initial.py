"""All of territory: names folded by the database first, then the rows, then the triggers that keep what no form could."""

import territory.models.case
import common.sealed
import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import territory.models.server
import uuid
from common.creating import CreateModels
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

# Each function folds for itself: a function that calls another one by its bare name breaks when a dump is restored.
_KEY = r"btrim(regexp_replace(lower(normalize($1, NFKC)), '\s+', ' ', 'g'))"
FOLDING = "".join(
    f"""
CREATE FUNCTION {name}(gamertag text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT {expression} $$;
"""
    for name, expression in {
        "territory_gamertag_key": _KEY,
        # Without what the game and the platforms add: "#1234", " (2)".
        "territory_gamertag_stem": rf"regexp_replace({_KEY}, '(#[0-9]{{1,8}})?( ?\([0-9]{{1,4}}\))?$', '')",
        # Without " (2)" and the "#" that a log may leave out.
        "territory_gamertag_joined": (
            rf"regexp_replace(regexp_replace({_KEY}, ' ?\([0-9]{{1,4}}\)$', ''), '#([0-9]{{1,8}})$', '\1')"
        ),
    }.items()
)
# A base that lies off the map since the map is another one can be renamed, given away and removed like any other.
CENTRE_ON_MAP = """
CREATE FUNCTION territory_base_centre_on_map() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    size double precision;
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.x, OLD.z, OLD.server_id) IS NOT DISTINCT FROM (NEW.x, NEW.z, NEW.server_id) THEN
        RETURN NEW;
    END IF;
    SELECT map_size_m INTO size FROM territory_gameserver WHERE id = NEW.server_id;
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
# In the database, so that the admin, imports and plain SQL all leave the same trace.
# Judging writes names too, but only of identities whose player id is known.
LINKED_AT = """
CREATE FUNCTION territory_playeridentity_linked_at() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER territory_playeridentity_linked_at BEFORE INSERT OR UPDATE OF user_id, linked_at, gamertag
    ON territory_playeridentity FOR EACH ROW EXECUTE FUNCTION territory_playeridentity_linked_at();
"""
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
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clans', '0001_initial'),
    ]

    operations = [
        # Trusted: the owner of a database may install it. Numbers in a GiST constraint need it.
        BtreeGistExtension(),
        migrations.RunSQL(FOLDING, "DROP FUNCTION territory_gamertag_key, territory_gamertag_stem, territory_gamertag_joined"),
        CreateModels([
            migrations.CreateModel(
                name='GameServer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(help_text='Its name in addresses and commands.', unique=True, verbose_name='slug')),
                    ('name', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='name')),
                    ('map', models.CharField(db_default='chernarusplus', default='chernarusplus', help_text='A map of the list, or the name of any other one. Bases stay when the map changes.', max_length=64, verbose_name='map')),
                    ('map_size_m', models.FloatField(blank=True, db_default=15360.0, default=None, help_text='The length of a side in metres, for a map that is not in the list only.', validators=[django.core.validators.MinValueValidator(500.0), django.core.validators.MaxValueValidator(65536.0)], verbose_name='sides of the map (m)')),
                    ('platform', models.CharField(blank=True, choices=[('', 'unknown'), ('xbox', 'Xbox'), ('playstation', 'PlayStation'), ('pc', 'PC')], db_default='', default='', help_text='On consoles a gamertag names one player. On PC anybody may take any name: there only a proven player id counts. While it is unknown, names prove something for Xbox players alone, whose ids nobody else has.', max_length=16, verbose_name='platform')),
                    ('time_zone', models.CharField(db_default='America/Sao_Paulo', default='America/Sao_Paulo', help_text="The zone of the host's clock, for example America/Sao_Paulo. The log does not say it.", max_length=64, validators=[territory.models.server.validate_time_zone], verbose_name='time zone')),
                    ('mode', models.CharField(choices=[('enforce', 'enforce: ban at once'), ('review', 'review: staff confirm each ban'), ('observe', 'observe: verdicts only')], db_default='enforce', default='enforce', help_text="Observe is advisable for a new server's first week.", max_length=16, verbose_name='mode')),
                    ('border_margin_m', models.FloatField(db_default=0.0, default=0.0, help_text="An invasion this close to a base's edge goes to review. The item may lie up to 6 m from its player.", validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(50)], verbose_name='border margin (m)')),
                    ('maximum_age', models.DurationField(db_default=datetime.timedelta(days=1), default=datetime.timedelta(days=1), help_text='A placement older than this when it is judged never bans by itself.', verbose_name='maximum age')),
                    ('sleep_after_days', models.PositiveSmallIntegerField(blank=True, help_text='A base none of whose builders was seen in the log for so long is released; its owner is warned before. Blank: never.', null=True, validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(3650)], verbose_name='release sleeping bases after (days)')),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                    ('appeal_pause', models.DurationField(db_default=datetime.timedelta(days=7), default=datetime.timedelta(days=7), help_text='After an answer, the same ban can be appealed against again only after this.', verbose_name='pause between appeals')),
                    ('appeals_by_others', models.BooleanField(db_default=True, default=True, help_text='Whoever banned does not decide the appeal. Switch it off only if staff is one person.', verbose_name='appeals are decided by others')),
                    ('breaker_bans', models.PositiveSmallIntegerField(blank=True, db_default=20, default=20, help_text="More automatic bans than this within the breaker's time, and the server drops to review until staff look. Blank: never.", null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='circuit breaker: automatic bans')),
                    ('breaker_window', models.DurationField(db_default=datetime.timedelta(seconds=600), default=datetime.timedelta(seconds=600), validators=[django.core.validators.MinValueValidator(datetime.timedelta(seconds=60)), django.core.validators.MaxValueValidator(datetime.timedelta(days=1))], verbose_name='circuit breaker: time')),
                    ('is_wall_public', models.BooleanField(db_default=True, default=True, help_text="Off: nobody reaches this server's entries of the wall.", verbose_name='wall of shame in public')),
                    ('tripped_at', models.DateTimeField(editable=False, null=True, verbose_name='circuit breaker tripped at')),
                    ('tripped_because', models.CharField(blank=True, choices=[('bans', 'too many automatic bans in a short time'), ('owner', 'an owner was about to be banned in the own area'), ('mirrored', 'places fit the map only mirrored')], db_default='', default='', editable=False, max_length=16, verbose_name='circuit breaker tripped because')),
                    ('breaker_since', models.DateTimeField(editable=False, help_text='Staff set it back then: the bans before count no longer.', null=True, verbose_name='circuit breaker counts since')),
                ],
                options={
                    'verbose_name': 'game server',
                    'verbose_name_plural': 'game servers',
                    'ordering': ['slug'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('map_size_m__gte', 500.0), ('map_size_m__lte', 65536.0)), name='territory_gameserver_map_size_in_bounds', violation_error_message='The sides of a map are 500 to 65,536 m long.'), models.CheckConstraint(condition=models.Q(('mode__in', ['enforce', 'observe', 'review'])), name='territory_gameserver_known_mode'), models.CheckConstraint(condition=models.Q(('border_margin_m__gte', 0), ('border_margin_m__lte', 50)), name='territory_gameserver_margin_in_bounds', violation_error_message='The border margin lies between 0 and 50 m.')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_gameserverevent" ("appeal_pause", "appeals_by_others", "border_margin_m", "breaker_bans", "breaker_since", "breaker_window", "is_active", "is_wall_public", "map", "map_size_m", "maximum_age", "mode", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "platform", "sleep_after_days", "slug", "time_zone", "tripped_at", "tripped_because") VALUES (NEW."appeal_pause", NEW."appeals_by_others", NEW."border_margin_m", NEW."breaker_bans", NEW."breaker_since", NEW."breaker_window", NEW."is_active", NEW."is_wall_public", NEW."map", NEW."map_size_m", NEW."maximum_age", NEW."mode", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."platform", NEW."sleep_after_days", NEW."slug", NEW."time_zone", NEW."tripped_at", NEW."tripped_because"); RETURN NULL;', hash='33eb3d03595aead2f298935d67c793bfd88dfbd3', operation='INSERT', pgid='pgtrigger_insert_insert_70098', table='territory_gameserver', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."appeal_pause" IS DISTINCT FROM (NEW."appeal_pause") OR OLD."appeals_by_others" IS DISTINCT FROM (NEW."appeals_by_others") OR OLD."border_margin_m" IS DISTINCT FROM (NEW."border_margin_m") OR OLD."breaker_bans" IS DISTINCT FROM (NEW."breaker_bans") OR OLD."breaker_since" IS DISTINCT FROM (NEW."breaker_since") OR OLD."breaker_window" IS DISTINCT FROM (NEW."breaker_window") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_wall_public" IS DISTINCT FROM (NEW."is_wall_public") OR OLD."map" IS DISTINCT FROM (NEW."map") OR OLD."map_size_m" IS DISTINCT FROM (NEW."map_size_m") OR OLD."maximum_age" IS DISTINCT FROM (NEW."maximum_age") OR OLD."mode" IS DISTINCT FROM (NEW."mode") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."platform" IS DISTINCT FROM (NEW."platform") OR OLD."sleep_after_days" IS DISTINCT FROM (NEW."sleep_after_days") OR OLD."slug" IS DISTINCT FROM (NEW."slug") OR OLD."time_zone" IS DISTINCT FROM (NEW."time_zone") OR OLD."tripped_at" IS DISTINCT FROM (NEW."tripped_at") OR OLD."tripped_because" IS DISTINCT FROM (NEW."tripped_because"))', func='INSERT INTO "territory_gameserverevent" ("appeal_pause", "appeals_by_others", "border_margin_m", "breaker_bans", "breaker_since", "breaker_window", "is_active", "is_wall_public", "map", "map_size_m", "maximum_age", "mode", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "platform", "sleep_after_days", "slug", "time_zone", "tripped_at", "tripped_because") VALUES (OLD."appeal_pause", OLD."appeals_by_others", OLD."border_margin_m", OLD."breaker_bans", OLD."breaker_since", OLD."breaker_window", OLD."is_active", OLD."is_wall_public", OLD."map", OLD."map_size_m", OLD."maximum_age", OLD."mode", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."platform", OLD."sleep_after_days", OLD."slug", OLD."time_zone", OLD."tripped_at", OLD."tripped_because"); RETURN NULL;', hash='c04535fd140b6d9664822886c7ad21c12eb81bbb', operation='UPDATE', pgid='pgtrigger_update_update_241c3', table='territory_gameserver', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_gameserverevent" ("appeal_pause", "appeals_by_others", "border_margin_m", "breaker_bans", "breaker_since", "breaker_window", "is_active", "is_wall_public", "map", "map_size_m", "maximum_age", "mode", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "platform", "sleep_after_days", "slug", "time_zone", "tripped_at", "tripped_because") VALUES (OLD."appeal_pause", OLD."appeals_by_others", OLD."border_margin_m", OLD."breaker_bans", OLD."breaker_since", OLD."breaker_window", OLD."is_active", OLD."is_wall_public", OLD."map", OLD."map_size_m", OLD."maximum_age", OLD."mode", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."platform", OLD."sleep_after_days", OLD."slug", OLD."time_zone", OLD."tripped_at", OLD."tripped_because"); RETURN NULL;', hash='731d3c25c6dc961e8101c5a415c8b8de429c4986', operation='DELETE', pgid='pgtrigger_delete_delete_36367', table='territory_gameserver', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='ItemRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('server', models.ForeignKey(blank=True, help_text='Blank: on all game servers.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='item_rules', to='territory.gameserver', verbose_name='game server')),
                    ('pattern', models.CharField(help_text='An item class such as FenceKit, or a pattern such as Barrel_*. Case does not matter.', max_length=100, verbose_name='class or pattern')),
                    ('policy', models.CharField(choices=[('protected', 'protected: needs a right inside a base'), ('protected_review', 'protected, an invasion goes to review'), ('forbidden', 'forbidden: bans anybody anywhere'), ('ignored', 'ignored')], max_length=20, verbose_name='policy')),
                    ('note', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='note')),
                ],
                options={
                    'verbose_name': 'item rule',
                    'verbose_name_plural': 'item rules',
                    'ordering': ['server', 'pattern'],
                    'constraints': [models.UniqueConstraint(models.F('server'), django.db.models.functions.text.Lower('pattern'), name='territory_itemrule_one_per_pattern', nulls_distinct=False, violation_error_message='There is a rule for this item already.'), models.CheckConstraint(condition=models.Q(('policy__in', ['forbidden', 'ignored', 'protected', 'protected_review'])), name='territory_itemrule_known_policy')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_itemruleevent" ("note", "pattern", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "server_id") VALUES (NEW."note", NEW."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."policy", NEW."server_id"); RETURN NULL;', hash='5751f5a70b1bb0b0a51617479bf80d7e230ee76f', operation='INSERT', pgid='pgtrigger_insert_insert_b1a3a', table='territory_itemrule', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."pattern" IS DISTINCT FROM (NEW."pattern") OR OLD."policy" IS DISTINCT FROM (NEW."policy") OR OLD."server_id" IS DISTINCT FROM (NEW."server_id"))', func='INSERT INTO "territory_itemruleevent" ("note", "pattern", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "server_id") VALUES (OLD."note", OLD."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."policy", OLD."server_id"); RETURN NULL;', hash='cc68fe1ad11a540c03490254573766903c125ae5', operation='UPDATE', pgid='pgtrigger_update_update_1aedd', table='territory_itemrule', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_itemruleevent" ("note", "pattern", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "server_id") VALUES (OLD."note", OLD."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."policy", OLD."server_id"); RETURN NULL;', hash='2cd4cf5e8deb904629af7b3a6fc109288445e31b', operation='DELETE', pgid='pgtrigger_delete_delete_aa785', table='territory_itemrule', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='StaffImmunity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='immunities', to='territory.gameserver', verbose_name='game server')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('granted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='granted at')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                    ('note', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='note')),
                ],
                options={
                    'verbose_name': 'staff immunity',
                    'verbose_name_plural': 'staff immunities',
                    'constraints': [models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__gte', models.F('granted_at')), _connector='OR'), name='territory_staffimmunity_ends_after_start', violation_error_message='An immunity cannot be revoked before it is granted.'), models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='territory_staffimmunity_revoked_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'), models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('server', 'user'), name='territory_staffimmunity_one_open', violation_error_message='This person has an immunity on the server already.')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_staffimmunityevent" ("granted_at", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "server_id", "user_id") VALUES (NEW."granted_at", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."revoked_at", NEW."server_id", NEW."user_id"); RETURN NULL;', hash='1bb3b3da0db55df6acad13057affa6b3b8ba1e57', operation='INSERT', pgid='pgtrigger_insert_insert_7955d', table='territory_staffimmunity', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."granted_at" IS DISTINCT FROM (NEW."granted_at") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."server_id" IS DISTINCT FROM (NEW."server_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "territory_staffimmunityevent" ("granted_at", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "server_id", "user_id") VALUES (OLD."granted_at", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."revoked_at", OLD."server_id", OLD."user_id"); RETURN NULL;', hash='708c0557d54700b48bf67b9d91fe307e0bcbfcd7', operation='UPDATE', pgid='pgtrigger_update_update_3b7a8', table='territory_staffimmunity', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_staffimmunityevent" ("granted_at", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "server_id", "user_id") VALUES (OLD."granted_at", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."revoked_at", OLD."server_id", OLD."user_id"); RETURN NULL;', hash='d2cf304c4a66f786dedf581c3eda2cd51bc102eb', operation='DELETE', pgid='pgtrigger_delete_delete_21746', table='territory_staffimmunity', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='Base',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bases', to='territory.gameserver', verbose_name='game server')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bases', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ('clan', models.ForeignKey(blank=True, help_text='Its members may build here.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bases', to='clans.clan', verbose_name='clan')),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('place', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='place')),
                    ('x', models.FloatField(verbose_name='X (east, m)')),
                    ('z', models.FloatField(verbose_name='Z (north, m)')),
                    ('radius_m', models.FloatField(db_default=100.0, default=100.0, validators=[django.core.validators.MinValueValidator(50.0), django.core.validators.MaxValueValidator(200.0)], verbose_name='radius (m)')),
                    ('registered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='registered at')),
                    ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed at')),
                    ('changed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='changed at')),
                    ('alarms_discord', models.BooleanField(db_default=False, default=False, help_text="What strangers do in the base is told in its clan's channel.", verbose_name='alarms on Discord')),
                    ('away_until', models.DateTimeField(blank=True, help_text='Until then the base does not fall asleep, though nobody is seen.', null=True, verbose_name='away until')),
                    ('sleeps_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at, unless seen')),
                ],
                options={
                    'verbose_name': 'base',
                    'verbose_name_plural': 'bases',
                    'ordering': ['name', 'pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('radius_m__gte', 50.0), ('radius_m__lte', 200.0)), name='territory_base_radius_in_bounds', violation_error_message='The radius lies between 50 and 200 m.'), models.CheckConstraint(condition=models.Q(('removed_at__isnull', True), ('removed_at__gte', models.F('registered_at')), _connector='OR'), name='territory_base_removed_after_registration', violation_error_message='A base cannot be removed before it is registered.'), models.CheckConstraint(condition=models.Q(('removed_at__isnull', True), ('removed_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='territory_base_removed_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'), django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('server', '='), ('owner', '<>'), (models.Func(models.Func(models.F('x'), models.F('z'), function='point'), models.F('radius_m'), function='circle'), '&&'), (models.Func(models.F('registered_at'), models.F('removed_at'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='territory_base_no_overlap', violation_error_message='Part of the circle is already taken.')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_baseevent" ("alarms_discord", "away_until", "clan_id", "name", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "radius_m", "registered_at", "removed_at", "server_id", "sleeps_at", "x", "z") VALUES (NEW."alarms_discord", NEW."away_until", NEW."clan_id", NEW."name", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."place", NEW."radius_m", NEW."registered_at", NEW."removed_at", NEW."server_id", NEW."sleeps_at", NEW."x", NEW."z"); RETURN NULL;', hash='a7b3e4a7a7e5cb2bdc2fa9ef79feb0b23d6e33b8', operation='INSERT', pgid='pgtrigger_insert_insert_0c6aa', table='territory_base', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."alarms_discord" IS DISTINCT FROM (NEW."alarms_discord") OR OLD."away_until" IS DISTINCT FROM (NEW."away_until") OR OLD."clan_id" IS DISTINCT FROM (NEW."clan_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."place" IS DISTINCT FROM (NEW."place") OR OLD."radius_m" IS DISTINCT FROM (NEW."radius_m") OR OLD."registered_at" IS DISTINCT FROM (NEW."registered_at") OR OLD."removed_at" IS DISTINCT FROM (NEW."removed_at") OR OLD."server_id" IS DISTINCT FROM (NEW."server_id") OR OLD."sleeps_at" IS DISTINCT FROM (NEW."sleeps_at") OR OLD."x" IS DISTINCT FROM (NEW."x") OR OLD."z" IS DISTINCT FROM (NEW."z"))', func='INSERT INTO "territory_baseevent" ("alarms_discord", "away_until", "clan_id", "name", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "radius_m", "registered_at", "removed_at", "server_id", "sleeps_at", "x", "z") VALUES (OLD."alarms_discord", OLD."away_until", OLD."clan_id", OLD."name", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."place", OLD."radius_m", OLD."registered_at", OLD."removed_at", OLD."server_id", OLD."sleeps_at", OLD."x", OLD."z"); RETURN NULL;', hash='d2fec71ca9ac759db74ce762df0cede648ee2931', operation='UPDATE', pgid='pgtrigger_update_update_1038a', table='territory_base', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_baseevent" ("alarms_discord", "away_until", "clan_id", "name", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "radius_m", "registered_at", "removed_at", "server_id", "sleeps_at", "x", "z") VALUES (OLD."alarms_discord", OLD."away_until", OLD."clan_id", OLD."name", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."place", OLD."radius_m", OLD."registered_at", OLD."removed_at", OLD."server_id", OLD."sleeps_at", OLD."x", OLD."z"); RETURN NULL;', hash='54a3e0854def89171c02394d9ee748e9ca6b5baf', operation='DELETE', pgid='pgtrigger_delete_delete_dce04', table='territory_base', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='BaseRevision',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='territory.base', verbose_name='base')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.gameserver', verbose_name='game server')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ('clan', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clans.clan', verbose_name='clan')),
                    ('x', models.FloatField(verbose_name='X (east, m)')),
                    ('z', models.FloatField(verbose_name='Z (north, m)')),
                    ('radius_m', models.FloatField(verbose_name='radius (m)')),
                    ('valid_from', models.DateTimeField(verbose_name='valid from')),
                    ('valid_to', models.DateTimeField(verbose_name='valid until')),
                ],
                options={
                    'verbose_name': 'former state of a base',
                    'verbose_name_plural': 'former states of bases',
                    'ordering': ['-valid_to'],
                    'indexes': [models.Index(fields=['server', 'valid_to'], name='territory_revision_server')],
                },
            ),
            migrations.CreateModel(
                name='BasePermission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='permissions', to='territory.base', verbose_name='base')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='base_permissions', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('level', models.CharField(choices=[('build', 'build'), ('admin', 'build and manage permissions')], db_default='build', default='build', max_length=16, verbose_name='level')),
                    ('granted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='granted at')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                    ('granted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='granted by')),
                    ('revoke_reason', models.CharField(blank=True, db_default='', default='', editable=False, max_length=200, verbose_name='why it was revoked')),
                ],
                options={
                    'verbose_name': 'base permission',
                    'verbose_name_plural': 'base permissions',
                    'ordering': ['base', 'user'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['admin', 'build'])), name='territory_basepermission_known_level'), models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__gte', models.F('granted_at')), _connector='OR'), name='territory_basepermission_ends_after_grant', violation_error_message='A permission cannot be revoked before it is granted.'), models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='territory_basepermission_revoked_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'), models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('base', 'user'), name='territory_basepermission_one_open', violation_error_message='This person has a permission on the base already.')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_basepermissionevent" ("base_id", "granted_at", "granted_by_id", "level", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "user_id") VALUES (NEW."base_id", NEW."granted_at", NEW."granted_by_id", NEW."level", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."revoked_at", NEW."user_id"); RETURN NULL;', hash='5370669246a816c4ab513362bc2f4a20ab99b300', operation='INSERT', pgid='pgtrigger_insert_insert_3654d', table='territory_basepermission', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."base_id" IS DISTINCT FROM (NEW."base_id") OR OLD."granted_at" IS DISTINCT FROM (NEW."granted_at") OR OLD."granted_by_id" IS DISTINCT FROM (NEW."granted_by_id") OR OLD."level" IS DISTINCT FROM (NEW."level") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "territory_basepermissionevent" ("base_id", "granted_at", "granted_by_id", "level", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "user_id") VALUES (OLD."base_id", OLD."granted_at", OLD."granted_by_id", OLD."level", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."revoked_at", OLD."user_id"); RETURN NULL;', hash='e7225aca0b1669921bad8810e89cd17814c5fa4b', operation='UPDATE', pgid='pgtrigger_update_update_a589b', table='territory_basepermission', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_basepermissionevent" ("base_id", "granted_at", "granted_by_id", "level", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "user_id") VALUES (OLD."base_id", OLD."granted_at", OLD."granted_by_id", OLD."level", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."revoked_at", OLD."user_id"); RETURN NULL;', hash='89bddc03dd85c5d171063b1fc84bc373049de8e4', operation='DELETE', pgid='pgtrigger_delete_delete_d7e26', table='territory_basepermission', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='BaseInvitation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='territory.base', verbose_name='base')),
                    ('level', models.CharField(choices=[('build', 'build'), ('admin', 'build and manage permissions')], db_default='build', default='build', max_length=16, verbose_name='level')),
                    ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                    ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='created at')),
                    ('expires_at', models.DateTimeField(verbose_name='ends at')),
                    ('permission_ends_at', models.DateTimeField(blank=True, null=True, verbose_name='the permission ends at')),
                    ('accepted_at', models.DateTimeField(blank=True, null=True, verbose_name='accepted at')),
                    ('accepted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accepted by')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back at')),
                ],
                options={
                    'verbose_name': 'invitation to a base',
                    'verbose_name_plural': 'invitations to bases',
                    'ordering': ['-created_at'],
                },
            ),
            migrations.CreateModel(
                name='Activity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('server', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='territory.gameserver', verbose_name='game server')),
                    ('source_key', models.UUIDField(editable=False, verbose_name='source key')),
                    ('kind', models.CharField(choices=[('dismantled', 'dismantled'), ('destroyed', 'destroyed'), ('folded', 'folded'), ('packed', 'packed'), ('repaired', 'repaired'), ('mounted', 'mounted'), ('unmounted', 'unmounted'), ('dug_in', 'buried'), ('dug_out', 'dug out'), ('flag_raised', 'raised the flag'), ('flag_lowered', 'lowered the flag')], max_length=16, verbose_name='act')),
                    ('gamertag', models.TextField(verbose_name='gamertag')),
                    ('player_id', models.TextField(blank=True, db_default='', default='', verbose_name='player id')),
                    ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('item', models.TextField(blank=True, db_default='', default='', verbose_name='item class')),
                    ('display', models.TextField(blank=True, db_default='', default='', verbose_name='item as shown')),
                    ('x', models.FloatField(verbose_name='X (east, m)')),
                    ('z', models.FloatField(verbose_name='Z (north, m)')),
                    ('occurred_at', models.DateTimeField(verbose_name='occurred at')),
                    ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='received at')),
                    ('base', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='territory.base', verbose_name='base')),
                    ('standing', models.CharField(blank=True, choices=[('', 'outside every base'), ('owner', 'the owner'), ('permission', 'by permission'), ('clan', 'by the clan'), ('immune', 'staff'), ('disputed', 'not certain who'), ('stranger', 'without a right')], db_default='', default='', max_length=16, verbose_name='right')),
                ],
                options={
                    'verbose_name': 'activity',
                    'verbose_name_plural': 'activities',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('base__isnull', False)), fields=['base', '-occurred_at', '-id'], name='territory_activity_base')],
                    'constraints': [models.UniqueConstraint(fields=('server', 'source_key'), name='territory_activity_once')],
                },
            ),
            migrations.CreateModel(
                name='Alarm',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='territory.base', verbose_name='base')),
                    ('gamertag', models.TextField(verbose_name='gamertag')),
                    ('player_id', models.TextField(verbose_name='player id')),
                    ('began_at', models.DateTimeField(verbose_name='first act')),
                    ('last_at', models.DateTimeField(verbose_name='last act')),
                    ('invasions', models.PositiveIntegerField(db_default=0, default=0, verbose_name='invasions')),
                    ('activities', models.PositiveIntegerField(db_default=0, default=0, verbose_name='other acts')),
                ],
                options={
                    'verbose_name': 'alarm',
                    'verbose_name_plural': 'alarms',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(fields=['base', '-began_at'], name='territory_alarm_base')],
                },
            ),
            migrations.CreateModel(
                name='AlarmMute',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mutes', to='territory.base', verbose_name='base')),
                    ('player_id', models.TextField(blank=True, db_default='', default='', help_text='Blank: all players.', verbose_name='player id')),
                    ('gamertag', models.TextField(blank=True, db_default='', default='', verbose_name='gamertag')),
                    ('muted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='muted by')),
                    ('muted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='muted at')),
                    ('ends_at', models.DateTimeField(verbose_name='ends at')),
                ],
                options={
                    'verbose_name': 'muted alarm',
                    'verbose_name_plural': 'muted alarms',
                    'ordering': ['-pk'],
                    'constraints': [models.UniqueConstraint(fields=('base', 'player_id'), name='territory_alarmmute_once')],
                },
            ),
            migrations.CreateModel(
                name='BanList',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('secret', common.sealed.SealedTextField(blank=True, db_default='', default='', editable=False, verbose_name='secret')),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('last_read_at', models.DateTimeField(editable=False, null=True, verbose_name='last read')),
                    ('last_error', models.TextField(blank=True, db_default='', default='', editable=False, verbose_name='last error')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ban_lists', to='territory.gameserver', verbose_name='game server')),
                    ('kind', models.CharField(choices=[('file', 'a ban.txt on this machine'), ('ftp', 'a ban.txt on an FTP server'), ('nitrado', "the ban list of Nitrado's settings"), ('battleye', "BattlEye's list, by RCON")], db_default='file', default='file', max_length=16, verbose_name='kind')),
                    ('address', models.CharField(help_text='The ban.txt to edit, as a path on this machine or as ftp://user@host:port/path; for Nitrado the number of the service; for BattlEye battleye://host:port. Lines that this system did not write are never touched.', max_length=1000, verbose_name='address')),
                    ('foreign', models.JSONField(db_default=[], default=list, editable=False, help_text='Digests of some lines of others, as of the last reading: a list without most of them was reset.', verbose_name='foreign lines')),
                    ('refused_at', models.DateTimeField(editable=False, help_text='The host refuses the secret since then.', null=True, verbose_name='refused since')),
                    ('secret_ends_at', models.DateTimeField(editable=False, null=True, verbose_name='secret ends at')),
                    ('size', models.PositiveIntegerField(editable=False, help_text='In bytes, when it was last read or written.', null=True, verbose_name='size')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ],
                options={
                    'verbose_name': 'ban list',
                    'verbose_name_plural': 'ban lists',
                    'ordering': ['server', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('server', 'kind', 'address'), name='territory_banlist_once', violation_error_message='The game server has this ban list already.'), models.CheckConstraint(condition=models.Q(('address', ''), _negated=True), name='territory_banlist_has_address')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_banlistevent" ("address", "is_active", "kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (NEW."address", NEW."is_active", NEW."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."server_id"); RETURN NULL;', hash='1d8b27f349e720008e6d26baae18b7863f8681d3', operation='INSERT', pgid='pgtrigger_insert_insert_d461f', table='territory_banlist', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."server_id" IS DISTINCT FROM (NEW."server_id"))', func='INSERT INTO "territory_banlistevent" ("address", "is_active", "kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (OLD."address", OLD."is_active", OLD."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."server_id"); RETURN NULL;', hash='a471ebb5adc1e24ae1bcb8e53c372fbb0cc987aa', operation='UPDATE', pgid='pgtrigger_update_update_c0092', table='territory_banlist', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_banlistevent" ("address", "is_active", "kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (OLD."address", OLD."is_active", OLD."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."server_id"); RETURN NULL;', hash='a17ace1e468069097387eff9b315b86ca40240bb', operation='DELETE', pgid='pgtrigger_delete_delete_8f06d', table='territory_banlist', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='Ban',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bans', to='territory.gameserver', verbose_name='game server')),
                    ('gamertag', models.TextField(blank=True, db_default='', default='', verbose_name='gamertag')),
                    ('player_id', models.TextField(blank=True, db_default='', default='', verbose_name='player id')),
                    ('xuid', models.TextField(blank=True, db_default='', default='', verbose_name='XUID')),
                    ('reason', models.TextField(db_default='', default='', verbose_name='reason')),
                    ('evidence', models.TextField(blank=True, db_default='', default='', verbose_name='evidence')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                    ('created_by', models.ForeignKey(blank=True, help_text='Blank: by the rule.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                    ('ends_at', models.DateTimeField(blank=True, help_text='Blank: permanent.', null=True, verbose_name='ends at')),
                    ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                    ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
                    ('lift_reason', models.TextField(blank=True, db_default='', default='', verbose_name='why it was lifted')),
                    ('lift_kind', models.CharField(blank=True, choices=[('mistake', 'mistake of the community'), ('mercy', 'mercy'), ('expired', 'its time is over'), ('superseded', 'replaced by another ban'), ('removed', 'removed at the host')], db_default='', default='', max_length=16, verbose_name='kind of lifting')),
                    ('seen_at', models.DateTimeField(editable=False, help_text='When the player was seen last since the ban.', null=True, verbose_name='player seen at')),
                ],
                options={
                    'verbose_name': 'ban',
                    'verbose_name_plural': 'bans',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('ends_at__isnull', False), ('lifted_at__isnull', True)), fields=['ends_at'], name='territory_ban_ending')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True), models.Q(('player_id', ''), _negated=True)), fields=('server', 'player_id'), name='territory_ban_one_active', violation_error_message='This player is banned already.'), models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='territory_ban_ends_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'), models.CheckConstraint(condition=models.Q(('gamertag', ''), ('player_id', ''), ('xuid', ''), _negated=True), name='territory_ban_names_somebody', violation_error_message='A ban needs a player id, a gamertag or an XUID.')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_banevent" ("created_by_id", "ends_at", "gamertag", "lift_kind", "lift_reason", "lifted_at", "lifted_by_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "player_id", "reason", "server_id", "xuid") VALUES (NEW."created_by_id", NEW."ends_at", NEW."gamertag", NEW."lift_kind", NEW."lift_reason", NEW."lifted_at", NEW."lifted_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."player_id", NEW."reason", NEW."server_id", NEW."xuid"); RETURN NULL;', hash='8c19bfd1d2374e140f79ac3a82e94983c6babd9c', operation='INSERT', pgid='pgtrigger_insert_insert_20132', table='territory_ban', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."ends_at" IS DISTINCT FROM (NEW."ends_at") OR OLD."gamertag" IS DISTINCT FROM (NEW."gamertag") OR OLD."lift_kind" IS DISTINCT FROM (NEW."lift_kind") OR OLD."lift_reason" IS DISTINCT FROM (NEW."lift_reason") OR OLD."lifted_at" IS DISTINCT FROM (NEW."lifted_at") OR OLD."lifted_by_id" IS DISTINCT FROM (NEW."lifted_by_id") OR OLD."player_id" IS DISTINCT FROM (NEW."player_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."server_id" IS DISTINCT FROM (NEW."server_id") OR OLD."xuid" IS DISTINCT FROM (NEW."xuid"))', func='INSERT INTO "territory_banevent" ("created_by_id", "ends_at", "gamertag", "lift_kind", "lift_reason", "lifted_at", "lifted_by_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "player_id", "reason", "server_id", "xuid") VALUES (OLD."created_by_id", OLD."ends_at", OLD."gamertag", OLD."lift_kind", OLD."lift_reason", OLD."lifted_at", OLD."lifted_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."player_id", OLD."reason", OLD."server_id", OLD."xuid"); RETURN NULL;', hash='fbb5a640728144ff85b6430f35850c29f31ee0aa', operation='UPDATE', pgid='pgtrigger_update_update_69967', table='territory_ban', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_banevent" ("created_by_id", "ends_at", "gamertag", "lift_kind", "lift_reason", "lifted_at", "lifted_by_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "player_id", "reason", "server_id", "xuid") VALUES (OLD."created_by_id", OLD."ends_at", OLD."gamertag", OLD."lift_kind", OLD."lift_reason", OLD."lifted_at", OLD."lifted_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."player_id", OLD."reason", OLD."server_id", OLD."xuid"); RETURN NULL;', hash='2f2fa276f96abd15a73bf6260a8feb3c3fd54cdd', operation='DELETE', pgid='pgtrigger_delete_delete_09190', table='territory_ban', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='BanExtension',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('ban', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extensions', to='territory.ban', verbose_name='ban')),
                    ('extended_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='extended at')),
                    ('ended_at', models.DateTimeField(help_text='Blank: permanent.', null=True, verbose_name='would have ended at')),
                    ('ends_at', models.DateTimeField(help_text='Blank: permanent.', null=True, verbose_name='ends at')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('changed_by', models.ForeignKey(blank=True, help_text='Blank: by the rule.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by')),
                ],
                options={
                    'verbose_name': "change of a ban's end",
                    'verbose_name_plural': "changes of bans' ends",
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='BanDelivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('attempts', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='attempts')),
                    ('not_before', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='not before')),
                    ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='claimed until')),
                    ('last_error', models.TextField(blank=True, db_default='', default='', verbose_name='last error')),
                    ('ban', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='territory.ban', verbose_name='ban')),
                    ('ban_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='territory.banlist', verbose_name='ban list')),
                    ('line', models.TextField(help_text='What is written, unless the list bans the player already.', verbose_name='line')),
                    ('written', models.TextField(blank=True, db_default='', default='', editable=False, help_text='Our line as it was written last; lines of others are never removed.', verbose_name='written line')),
                    ('state', models.CharField(choices=[('pending', 'to be written'), ('applied', 'applied'), ('lifting', 'to be removed'), ('lifted', 'removed'), ('foreign', 'a foreign line still bans'), ('failed', 'failed'), ('dropped', 'off the list, which is full')], db_default='pending', default='pending', max_length=16, verbose_name='state')),
                    ('applied_at', models.DateTimeField(blank=True, null=True, verbose_name='applied at')),
                    ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                    ('guid', models.CharField(blank=True, db_default='', default='', editable=False, max_length=32, verbose_name='BattlEye GUID')),
                    ('guid_name', models.TextField(blank=True, db_default='', default='', editable=False, verbose_name='GUID seen under the name')),
                    ('guid_seen_at', models.DateTimeField(editable=False, null=True, verbose_name='GUID known since')),
                    ('guid_source', models.CharField(blank=True, choices=[('steam', 'computed from the Steam account'), ('players', 'seen on the server under the name that the log has for this player alone')], db_default='', default='', editable=False, max_length=16, verbose_name='GUID known by')),
                    ('seen_at', models.DateTimeField(editable=False, help_text='When the player of a dropped line had been seen last.', null=True, verbose_name='player seen at')),
                ],
                options={
                    'verbose_name': 'ban delivery',
                    'verbose_name_plural': 'ban deliveries',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('state__in', ['pending', 'lifting'])), fields=['not_before'], name='territory_bandelivery_due')],
                    'constraints': [models.UniqueConstraint(fields=('ban', 'ban_list'), name='territory_bandelivery_once')],
                },
            ),
            migrations.CreateModel(
                name='PlayerIdentity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='player_identities', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('gamertag', models.CharField(max_length=100, verbose_name='gamertag')),
                    ('player_id', models.CharField(blank=True, help_text="The id in the game's log. Blank: learned the first time the gamertag is seen.", max_length=64, null=True, unique=True, verbose_name='player id')),
                    ('xuid', models.CharField(blank=True, max_length=32, null=True, unique=True, verbose_name='XUID')),
                    ('platform', models.CharField(blank=True, choices=[('', 'unknown'), ('xbox', 'Xbox'), ('playstation', 'PlayStation'), ('pc', 'PC')], db_default='', default='', max_length=16, verbose_name='platform')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                    ('linked_at', models.DateTimeField(editable=False, null=True, verbose_name='linked at')),
                    ('unlinked_at', models.DateTimeField(editable=False, null=True, verbose_name='unlinked at')),
                    ('gamertag_key', models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_key'), output_field=models.TextField())),
                    ('gamertag_stem', models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_stem'), output_field=models.TextField())),
                    ('gamertag_joined', models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_joined'), output_field=models.TextField())),
                ],
                options={
                    'verbose_name': 'player identity',
                    'verbose_name_plural': 'player identities',
                    'ordering': ['gamertag'],
                    'indexes': [models.Index(fields=['gamertag_key'], name='territory_identity_gamertag'), models.Index(fields=['gamertag_stem'], name='territory_identity_stem'), models.Index(fields=['gamertag_joined'], name='territory_identity_joined')],
                    'constraints': [models.UniqueConstraint(models.F('gamertag_key'), condition=models.Q(('player_id__isnull', True), ('user__isnull', False)), name='territory_playeridentity_one_waiting', violation_error_message='Somebody else is already linked to this gamertag.')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."user_id" IS NOT NULL)', func='INSERT INTO "territory_playeridentityevent" ("gamertag", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "player_id", "user_id", "xuid") VALUES (NEW."gamertag", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."player_id", NEW."user_id", NEW."xuid"); RETURN NULL;', hash='86dbd65da4a642476ef0d6d2ceed8a0e6d969871', operation='INSERT', pgid='pgtrigger_insert_insert_40173', table='territory_playeridentity', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."player_id" IS DISTINCT FROM (NEW."player_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."xuid" IS DISTINCT FROM (NEW."xuid"))', func='INSERT INTO "territory_playeridentityevent" ("gamertag", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "player_id", "user_id", "xuid") VALUES (OLD."gamertag", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."player_id", OLD."user_id", OLD."xuid"); RETURN NULL;', hash='05788fda18937416c83de95ac3a0f8c0f7feb1d3', operation='UPDATE', pgid='pgtrigger_update_update_3a36c', table='territory_playeridentity', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_playeridentityevent" ("gamertag", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "player_id", "user_id", "xuid") VALUES (OLD."gamertag", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."player_id", OLD."user_id", OLD."xuid"); RETURN NULL;', hash='571eca6e5df0fec75edb162bec532d4d44c6516d', operation='DELETE', pgid='pgtrigger_delete_delete_e60b0', table='territory_playeridentity', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='GamertagUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gamertags', to='territory.playeridentity', verbose_name='player identity')),
                    ('gamertag', models.CharField(max_length=100, verbose_name='gamertag')),
                    ('first_seen_at', models.DateTimeField(verbose_name='first seen')),
                    ('last_seen_at', models.DateTimeField(verbose_name='last seen')),
                ],
                options={
                    'verbose_name': 'gamertag used',
                    'verbose_name_plural': 'gamertags used',
                    'ordering': ['-last_seen_at'],
                    'constraints': [models.UniqueConstraint(fields=('identity', 'gamertag'), name='territory_gamertaguse_once')],
                },
            ),
            migrations.CreateModel(
                name='IdentityConflict',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conflicts', to='territory.playeridentity', verbose_name='linked identity')),
                    ('player_id', models.CharField(max_length=64, verbose_name='player id seen')),
                    ('gamertag', models.CharField(max_length=100, verbose_name='gamertag seen')),
                    ('first_seen_at', models.DateTimeField(verbose_name='first seen')),
                    ('last_seen_at', models.DateTimeField(verbose_name='last seen')),
                    ('resolved_at', models.DateTimeField(blank=True, help_text='Set when staff found that these are two different players.', null=True, verbose_name='resolved at')),
                    ('resolved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='resolved by')),
                ],
                options={
                    'verbose_name': 'identity conflict',
                    'verbose_name_plural': 'identity conflicts',
                    'ordering': ['-last_seen_at'],
                    'constraints': [models.UniqueConstraint(fields=('identity', 'player_id'), name='territory_identityconflict_once')],
                    'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."resolved_at" IS DISTINCT FROM (NEW."resolved_at") OR OLD."resolved_by_id" IS DISTINCT FROM (NEW."resolved_by_id"))', func='INSERT INTO "territory_identityconflictevent" ("gamertag", "identity_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "player_id", "resolved_at", "resolved_by_id") VALUES (OLD."gamertag", OLD."identity_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."player_id", OLD."resolved_at", OLD."resolved_by_id"); RETURN NULL;', hash='73e2a0f74c3f8c44fa8cca5394e2d1aa78c79bac', operation='UPDATE', pgid='pgtrigger_update_update_41d44', table='territory_identityconflict', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_identityconflictevent" ("gamertag", "identity_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "player_id", "resolved_at", "resolved_by_id") VALUES (OLD."gamertag", OLD."identity_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."player_id", OLD."resolved_at", OLD."resolved_by_id"); RETURN NULL;', hash='2f4fe8f7b64fa9a1f17b7a19cd031b821a67835a', operation='DELETE', pgid='pgtrigger_delete_delete_3dad7', table='territory_identityconflict', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='Placement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('server', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='territory.gameserver', verbose_name='game server')),
                    ('source_key', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, verbose_name='source key')),
                    ('act_key', models.UUIDField(editable=False, null=True, verbose_name='key of the act')),
                    ('clock_shift_min', models.SmallIntegerField(db_default=0, default=0, help_text='How far the source seems to be dated wrongly. Other than 0: staff decide.', verbose_name='clock wrong by (min)')),
                    ('origin', models.TextField(blank=True, db_default='', default='', verbose_name='source')),
                    ('origin_id', models.TextField(blank=True, db_default='', default='', verbose_name='event id or byte offset')),
                    ('kind', models.CharField(choices=[('placed', 'placed'), ('built', 'built')], db_default='placed', default='placed', max_length=8, verbose_name='kind')),
                    ('gamertag', models.TextField(verbose_name='gamertag')),
                    ('player_id', models.TextField(blank=True, db_default='', default='', verbose_name='player id')),
                    ('xuid', models.TextField(blank=True, db_default='', default='', verbose_name='XUID')),
                    ('item', models.TextField(blank=True, db_default='', default='', verbose_name='item class')),
                    ('display', models.TextField(blank=True, db_default='', default='', verbose_name='item as shown')),
                    ('x', models.FloatField(null=True, verbose_name='X (east, m)')),
                    ('z', models.FloatField(null=True, verbose_name='Z (north, m)')),
                    ('altitude', models.FloatField(null=True, verbose_name='altitude (m)')),
                    ('occurred_at', models.DateTimeField(null=True, verbose_name='occurred at')),
                    ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='received at')),
                    ('raw_line', models.TextField(blank=True, db_default='', default='', verbose_name='raw line')),
                    ('state', models.CharField(choices=[('pending', 'waiting to be judged'), ('judged', 'judged'), ('unusable', 'unusable')], db_default='pending', default='pending', max_length=8, verbose_name='state')),
                    ('unusable_because', models.CharField(blank=True, choices=[('', ''), ('no_player_id', 'no full-length player id'), ('no_position', 'no position'), ('off_map', 'the position is not on the map'), ('no_date', 'the log does not say the date')], db_default='', default='', max_length=16, verbose_name='unusable because')),
                    ('judged_at', models.DateTimeField(null=True, verbose_name='judged at')),
                    ('outcome', models.CharField(blank=True, choices=[('', '-'), ('allowed', 'allowed'), ('invasion', 'invasion'), ('forbidden', 'forbidden item'), ('ignored', 'ignored item')], db_default='', default='', max_length=16, verbose_name='verdict')),
                    ('rule', models.CharField(blank=True, db_default='', default='', max_length=16, verbose_name='rule')),
                    ('action', models.CharField(choices=[('none', 'nothing'), ('ban', 'ban'), ('review', 'staff review'), ('record', 'recorded only')], db_default='none', default='none', max_length=8, verbose_name='consequence')),
                    ('base', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='territory.base', verbose_name='base')),
                    ('distance_m', models.FloatField(null=True, verbose_name='distance (m)')),
                    ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('reasons', models.JSONField(help_text='Everything the verdict rests on.', null=True, verbose_name='reasons')),
                    ('version', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.ruleversion', verbose_name='version of the rule')),
                ],
                options={
                    'verbose_name': 'placement',
                    'verbose_name_plural': 'placements',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['server', 'occurred_at', 'id'], name='territory_placement_due'), models.Index(fields=['act_key'], name='territory_placement_act'), django.contrib.postgres.indexes.BrinIndex(fields=['occurred_at'], name='territory_placement_time', pages_per_range=16), models.Index(condition=models.Q(('base__isnull', False)), fields=['base', '-id'], name='territory_placement_base')],
                    'constraints': [models.UniqueConstraint(fields=('server', 'source_key'), name='territory_placement_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'pending'), _negated=True), models.Q(('occurred_at__isnull', False), ('x__isnull', False), ('z__isnull', False), ('x__gte', 0), ('x__lte', 65536.0), ('z__gte', 0), ('z__lte', 65536.0), ('occurred_at__gte', datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('occurred_at__lt', datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('player_id__regex', '^[!-.0-~]{1,64}$')), _connector='OR'), name='territory_placement_pending_is_usable'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'judged'), _negated=True), models.Q(('outcome', ''), _negated=True), _connector='OR'), name='territory_placement_judged_has_verdict')],
                },
            ),
            migrations.CreateModel(
                name='Infraction',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('server', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='infractions', to='territory.gameserver', verbose_name='game server')),
                    ('placement', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='infraction', to='territory.placement', verbose_name='placement')),
                    ('from_old_system', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='from the old system')),
                    ('ban', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='infractions', to='territory.ban', verbose_name='ban')),
                    ('base', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='infractions', to='territory.base', verbose_name='base')),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('repeats', models.ForeignKey(blank=True, db_index=False, help_text="The first of the player's acts within a minute; they are announced and shown as one.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='repeated_by', to='territory.infraction', verbose_name='repeats')),
                    ('infraction_type', models.CharField(choices=[('territory_invasion', 'territory invasion'), ('forbidden_item', 'forbidden item'), ('by_staff', 'banned by staff'), ('other', 'other infraction')], max_length=24, verbose_name='type')),
                    ('status', models.CharField(choices=[('review', 'waiting for staff'), ('confirmed', 'confirmed'), ('dismissed', 'dismissed'), ('lifted', 'lifted')], max_length=16, verbose_name='status')),
                    ('gamertag', models.TextField(verbose_name='gamertag')),
                    ('player_id', models.TextField(blank=True, db_default='', default='', verbose_name='player id')),
                    ('xuid', models.TextField(blank=True, db_default='', default='', verbose_name='XUID')),
                    ('item', models.TextField(blank=True, db_default='', default='', verbose_name='item')),
                    ('base_name', models.TextField(blank=True, db_default='', default='', verbose_name="base's name then")),
                    ('description', models.TextField(db_default='', default='', verbose_name='description')),
                    ('evidence', models.TextField(db_default='', default='', help_text='Holds coordinates: for staff only.', verbose_name='evidence')),
                    ('occurred_at', models.DateTimeField(verbose_name='occurred at')),
                    ('detected_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='detected at')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('decision_reason', models.TextField(blank=True, db_default='', default='', verbose_name='reason of the decision')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='infractions', to='territory.case', verbose_name='case')),
                    ('asks_until', models.DateTimeField(blank=True, help_text='Blank: a permanent one. A ban is as long as the longest of its confirmed infractions asks.', null=True, verbose_name='asks for a ban until')),
                ],
                options={
                    'verbose_name': 'infraction',
                    'verbose_name_plural': 'infractions',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(fields=['status', '-id'], name='territory_infraction_status'), models.Index(fields=['status', '-occurred_at', '-id'], name='territory_infraction_wall'), models.Index(condition=models.Q(('repeats__isnull', False)), fields=['repeats'], name='territory_infraction_repeats')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('placement__isnull', False), ('from_old_system', True), ('infraction_type', 'by_staff'), _connector='OR'), name='territory_infraction_has_placement')],
                    'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."decision_reason" IS DISTINCT FROM (NEW."decision_reason") OR OLD."status" IS DISTINCT FROM (NEW."status"))', func='INSERT INTO "territory_infractionevent" ("decided_at", "decided_by_id", "decision_reason", "gamertag", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "status") VALUES (OLD."decided_at", OLD."decided_by_id", OLD."decision_reason", OLD."gamertag", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."status"); RETURN NULL;', hash='430ed7eef6f03a76589b04184a3974609e5b1ec6', operation='UPDATE', pgid='pgtrigger_update_update_80fb4', table='territory_infraction', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_infractionevent" ("decided_at", "decided_by_id", "decision_reason", "gamertag", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "status") VALUES (OLD."decided_at", OLD."decided_by_id", OLD."decision_reason", OLD."gamertag", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."status"); RETURN NULL;', hash='6081a35f49ba8eef13a8e25663a27f3698b72f09', operation='DELETE', pgid='pgtrigger_delete_delete_7ef4e', table='territory_infraction', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='LogSource',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('secret', common.sealed.SealedTextField(blank=True, db_default='', default='', editable=False, verbose_name='secret')),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('last_read_at', models.DateTimeField(editable=False, null=True, verbose_name='last read')),
                    ('last_error', models.TextField(blank=True, db_default='', default='', editable=False, verbose_name='last error')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log_sources', to='territory.gameserver', verbose_name='game server')),
                    ('kind', models.CharField(choices=[('folder', 'a folder on this machine'), ('ftp', 'an FTP server'), ('nitrado', "Nitrado's API"), ('api', 'the HTTP API')], db_default='folder', default='folder', max_length=16, verbose_name='kind')),
                    ('address', models.CharField(blank=True, help_text="Where the .ADM files are that are followed as they grow: a folder on this machine, ftp://user@host:port/path, or Nitrado's number of the service. The HTTP API has none.", max_length=1000, verbose_name='address')),
                    ('token_hash', models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='token hash')),
                    ('last_event_at', models.DateTimeField(editable=False, null=True, verbose_name='last event')),
                    ('lag', models.DurationField(editable=False, null=True, verbose_name='lag')),
                    ('not_before', models.DateTimeField(editable=False, null=True, verbose_name='next look')),
                    ('lags', models.JSONField(db_default=[], default=list, editable=False, verbose_name='lags')),
                    ('clock_shift_min', models.SmallIntegerField(db_default=0, default=0, editable=False, verbose_name='clock wrong by (min)')),
                    ('refused_at', models.DateTimeField(editable=False, help_text='The host refuses the secret since then.', null=True, verbose_name='refused since')),
                    ('secret_ends_at', models.DateTimeField(editable=False, null=True, verbose_name='secret ends at')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                    ('silent_for', models.DurationField(db_default=datetime.timedelta(0), default=datetime.timedelta(0), editable=False, help_text='Without the hours in which nobody was seen.', verbose_name='players without a placement for')),
                ],
                options={
                    'verbose_name': 'log source',
                    'verbose_name_plural': 'log sources',
                    'ordering': ['server', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('server', 'kind', 'address'), name='territory_logsource_once', violation_error_message='The game server has this log source already.'), models.CheckConstraint(condition=models.Q(('kind', 'api'), models.Q(('address', ''), _negated=True), _connector='XOR'), name='territory_logsource_has_address'), models.UniqueConstraint(condition=models.Q(('token_hash', ''), _negated=True), fields=('token_hash',), name='territory_logsource_one_per_token')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_logsourceevent" ("address", "is_active", "kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (NEW."address", NEW."is_active", NEW."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."server_id"); RETURN NULL;', hash='079d2cd0ac5b2b63f481d15da0c8e80b2cc1b9ec', operation='INSERT', pgid='pgtrigger_insert_insert_10483', table='territory_logsource', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."server_id" IS DISTINCT FROM (NEW."server_id"))', func='INSERT INTO "territory_logsourceevent" ("address", "is_active", "kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (OLD."address", OLD."is_active", OLD."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."server_id"); RETURN NULL;', hash='1e104a9f0162968cd5f43d48e6b0a836caf35b63', operation='UPDATE', pgid='pgtrigger_update_update_7a4a6', table='territory_logsource', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_logsourceevent" ("address", "is_active", "kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (OLD."address", OLD."is_active", OLD."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."server_id"); RETURN NULL;', hash='9774432fc7f7bf00763ca5a8d8934a6c501fe440', operation='DELETE', pgid='pgtrigger_delete_delete_5e767', table='territory_logsource', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='LogFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log_files', to='territory.logsource', verbose_name='log source')),
                    ('name', models.CharField(max_length=500, verbose_name='file')),
                    ('cursor', models.JSONField(default=dict, help_text='Byte offset, first header and clock.', verbose_name='cursor')),
                    ('size', models.BigIntegerField(db_default=0, default=0, help_text='In bytes, when it was last looked at.', verbose_name='size')),
                    ('lines', models.PositiveBigIntegerField(db_default=0, default=0, verbose_name='lines')),
                    ('placements', models.PositiveBigIntegerField(db_default=0, default=0, verbose_name='placements')),
                    ('last_event_at', models.DateTimeField(null=True, verbose_name='last event')),
                    ('clock_shift_min', models.SmallIntegerField(db_default=0, default=0, help_text="0: the log's last line fits the file's time.", verbose_name='clock wrong by (min)')),
                    ('players_since', models.DateTimeField(null=True, verbose_name='first player seen')),
                    ('players_until', models.DateTimeField(null=True, verbose_name='last player seen')),
                    ('last_placement_at', models.DateTimeField(null=True, verbose_name='last placement')),
                    ('last_read_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='last read')),
                    ('last_error', models.TextField(blank=True, db_default='', default='', verbose_name='last error')),
                    ('overlap', models.CharField(blank=True, db_default='', default='', editable=False, help_text='A digest of the bytes before the cursor: the log was replaced if they change.', max_length=32, verbose_name='overlap')),
                    ('names', models.JSONField(db_default={}, default=dict, editable=False, help_text='The player ids seen under each gamertag, on PC servers.', verbose_name='names')),
                    ('odd_lines', models.PositiveBigIntegerField(db_default=0, default=0, help_text='They ought to mean something.', verbose_name='lines that could not be read')),
                    ('odd_shapes', models.JSONField(db_default=[], default=list, editable=False, help_text='The last few, without names, ids, places and numbers.', verbose_name='their shapes')),
                ],
                options={
                    'verbose_name': 'log file',
                    'verbose_name_plural': 'log files',
                    'ordering': ['-last_read_at'],
                    'constraints': [models.UniqueConstraint(fields=('source', 'name'), name='territory_logfile_once')],
                },
            ),
            migrations.CreateModel(
                name='PlaceQuestion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='territory.gameserver', verbose_name='game server')),
                    ('kind', models.CharField(choices=[('base', "a base's circle"), ('check', 'may I build?')], max_length=8, verbose_name='question')),
                    ('x', models.FloatField(verbose_name='X (east, m)')),
                    ('z', models.FloatField(verbose_name='Z (north, m)')),
                    ('answer', models.CharField(choices=[('yes', 'yes'), ('no', 'no')], max_length=4, verbose_name='answer')),
                    ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='asked at')),
                ],
                options={
                    'verbose_name': 'question about a place',
                    'verbose_name_plural': 'questions about places',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(fields=['asked_at'], name='territory_question_asked'), models.Index(fields=['person', 'asked_at'], name='territory_question_person')],
                },
            ),
            migrations.CreateModel(
                name='GameServerEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('slug', models.SlugField(db_index=False, help_text='Its name in addresses and commands.', verbose_name='slug')),
                    ('name', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='name')),
                    ('map', models.CharField(db_default='chernarusplus', default='chernarusplus', help_text='A map of the list, or the name of any other one. Bases stay when the map changes.', max_length=64, verbose_name='map')),
                    ('map_size_m', models.FloatField(blank=True, db_default=15360.0, default=None, help_text='The length of a side in metres, for a map that is not in the list only.', validators=[django.core.validators.MinValueValidator(500.0), django.core.validators.MaxValueValidator(65536.0)], verbose_name='sides of the map (m)')),
                    ('platform', models.CharField(blank=True, choices=[('', 'unknown'), ('xbox', 'Xbox'), ('playstation', 'PlayStation'), ('pc', 'PC')], db_default='', default='', help_text='On consoles a gamertag names one player. On PC anybody may take any name: there only a proven player id counts. While it is unknown, names prove something for Xbox players alone, whose ids nobody else has.', max_length=16, verbose_name='platform')),
                    ('time_zone', models.CharField(db_default='America/Sao_Paulo', default='America/Sao_Paulo', help_text="The zone of the host's clock, for example America/Sao_Paulo. The log does not say it.", max_length=64, validators=[territory.models.server.validate_time_zone], verbose_name='time zone')),
                    ('mode', models.CharField(choices=[('enforce', 'enforce: ban at once'), ('review', 'review: staff confirm each ban'), ('observe', 'observe: verdicts only')], db_default='enforce', default='enforce', help_text="Observe is advisable for a new server's first week.", max_length=16, verbose_name='mode')),
                    ('border_margin_m', models.FloatField(db_default=0.0, default=0.0, help_text="An invasion this close to a base's edge goes to review. The item may lie up to 6 m from its player.", validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(50)], verbose_name='border margin (m)')),
                    ('maximum_age', models.DurationField(db_default=datetime.timedelta(days=1), default=datetime.timedelta(days=1), help_text='A placement older than this when it is judged never bans by itself.', verbose_name='maximum age')),
                    ('sleep_after_days', models.PositiveSmallIntegerField(blank=True, help_text='A base none of whose builders was seen in the log for so long is released; its owner is warned before. Blank: never.', null=True, validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(3650)], verbose_name='release sleeping bases after (days)')),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('appeal_pause', models.DurationField(db_default=datetime.timedelta(days=7), default=datetime.timedelta(days=7), help_text='After an answer, the same ban can be appealed against again only after this.', verbose_name='pause between appeals')),
                    ('appeals_by_others', models.BooleanField(db_default=True, default=True, help_text='Whoever banned does not decide the appeal. Switch it off only if staff is one person.', verbose_name='appeals are decided by others')),
                    ('breaker_bans', models.PositiveSmallIntegerField(blank=True, db_default=20, default=20, help_text="More automatic bans than this within the breaker's time, and the server drops to review until staff look. Blank: never.", null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='circuit breaker: automatic bans')),
                    ('breaker_window', models.DurationField(db_default=datetime.timedelta(seconds=600), default=datetime.timedelta(seconds=600), validators=[django.core.validators.MinValueValidator(datetime.timedelta(seconds=60)), django.core.validators.MaxValueValidator(datetime.timedelta(days=1))], verbose_name='circuit breaker: time')),
                    ('is_wall_public', models.BooleanField(db_default=True, default=True, help_text="Off: nobody reaches this server's entries of the wall.", verbose_name='wall of shame in public')),
                    ('tripped_at', models.DateTimeField(editable=False, null=True, verbose_name='circuit breaker tripped at')),
                    ('tripped_because', models.CharField(blank=True, choices=[('bans', 'too many automatic bans in a short time'), ('owner', 'an owner was about to be banned in the own area'), ('mirrored', 'places fit the map only mirrored')], db_default='', default='', editable=False, max_length=16, verbose_name='circuit breaker tripped because')),
                    ('breaker_since', models.DateTimeField(editable=False, help_text='Staff set it back then: the bans before count no longer.', null=True, verbose_name='circuit breaker counts since')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_gameserver')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='ItemRuleEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.itemrule')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('server', models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='Blank: on all game servers.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver', verbose_name='game server')),
                    ('pattern', models.CharField(help_text='An item class such as FenceKit, or a pattern such as Barrel_*. Case does not matter.', max_length=100, verbose_name='class or pattern')),
                    ('policy', models.CharField(choices=[('protected', 'protected: needs a right inside a base'), ('protected_review', 'protected, an invasion goes to review'), ('forbidden', 'forbidden: bans anybody anywhere'), ('ignored', 'ignored')], max_length=20, verbose_name='policy')),
                    ('note', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='note')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_itemrule')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='StaffImmunityEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.staffimmunity')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('server', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver', verbose_name='game server')),
                    ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('granted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='granted at')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                    ('note', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='note')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_staffimmunity')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='BaseEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.base')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('server', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver', verbose_name='game server')),
                    ('owner', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ('clan', models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='Its members may build here.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.clan', verbose_name='clan')),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('place', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='place')),
                    ('x', models.FloatField(verbose_name='X (east, m)')),
                    ('z', models.FloatField(verbose_name='Z (north, m)')),
                    ('radius_m', models.FloatField(db_default=100.0, default=100.0, validators=[django.core.validators.MinValueValidator(50.0), django.core.validators.MaxValueValidator(200.0)], verbose_name='radius (m)')),
                    ('registered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='registered at')),
                    ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed at')),
                    ('alarms_discord', models.BooleanField(db_default=False, default=False, help_text="What strangers do in the base is told in its clan's channel.", verbose_name='alarms on Discord')),
                    ('away_until', models.DateTimeField(blank=True, help_text='Until then the base does not fall asleep, though nobody is seen.', null=True, verbose_name='away until')),
                    ('sleeps_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at, unless seen')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_base')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='BasePermissionEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.basepermission')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('base', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.base', verbose_name='base')),
                    ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('level', models.CharField(choices=[('build', 'build'), ('admin', 'build and manage permissions')], db_default='build', default='build', max_length=16, verbose_name='level')),
                    ('granted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='granted at')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                    ('granted_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='granted by')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_basepermission')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='BanListEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.banlist')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('server', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver', verbose_name='game server')),
                    ('kind', models.CharField(choices=[('file', 'a ban.txt on this machine'), ('ftp', 'a ban.txt on an FTP server'), ('nitrado', "the ban list of Nitrado's settings"), ('battleye', "BattlEye's list, by RCON")], db_default='file', default='file', max_length=16, verbose_name='kind')),
                    ('address', models.CharField(help_text='The ban.txt to edit, as a path on this machine or as ftp://user@host:port/path; for Nitrado the number of the service; for BattlEye battleye://host:port. Lines that this system did not write are never touched.', max_length=1000, verbose_name='address')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_banlist')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='BanEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.ban')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('server', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver', verbose_name='game server')),
                    ('gamertag', models.TextField(blank=True, db_default='', default='', verbose_name='gamertag')),
                    ('player_id', models.TextField(blank=True, db_default='', default='', verbose_name='player id')),
                    ('xuid', models.TextField(blank=True, db_default='', default='', verbose_name='XUID')),
                    ('reason', models.TextField(db_default='', default='', verbose_name='reason')),
                    ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='Blank: by the rule.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                    ('ends_at', models.DateTimeField(blank=True, help_text='Blank: permanent.', null=True, verbose_name='ends at')),
                    ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                    ('lifted_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
                    ('lift_reason', models.TextField(blank=True, db_default='', default='', verbose_name='why it was lifted')),
                    ('lift_kind', models.CharField(blank=True, choices=[('mistake', 'mistake of the community'), ('mercy', 'mercy'), ('expired', 'its time is over'), ('superseded', 'replaced by another ban'), ('removed', 'removed at the host')], db_default='', default='', max_length=16, verbose_name='kind of lifting')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_ban')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='PlayerIdentityEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.playeridentity')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('gamertag', models.CharField(max_length=100, verbose_name='gamertag')),
                    ('player_id', models.CharField(blank=True, help_text="The id in the game's log. Blank: learned the first time the gamertag is seen.", max_length=64, null=True, verbose_name='player id')),
                    ('xuid', models.CharField(blank=True, max_length=32, null=True, verbose_name='XUID')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_playeridentity')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='IdentityConflictEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.identityconflict')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('identity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.playeridentity', verbose_name='linked identity')),
                    ('player_id', models.CharField(max_length=64, verbose_name='player id seen')),
                    ('gamertag', models.CharField(max_length=100, verbose_name='gamertag seen')),
                    ('resolved_at', models.DateTimeField(blank=True, help_text='Set when staff found that these are two different players.', null=True, verbose_name='resolved at')),
                    ('resolved_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='resolved by')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_identityconflict')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='InfractionEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.infraction')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('status', models.CharField(choices=[('review', 'waiting for staff'), ('confirmed', 'confirmed'), ('dismissed', 'dismissed'), ('lifted', 'lifted')], max_length=16, verbose_name='status')),
                    ('gamertag', models.TextField(verbose_name='gamertag')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                    ('decided_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('decision_reason', models.TextField(blank=True, db_default='', default='', verbose_name='reason of the decision')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_infraction')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='LogSourceEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.logsource')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('server', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver', verbose_name='game server')),
                    ('kind', models.CharField(choices=[('folder', 'a folder on this machine'), ('ftp', 'an FTP server'), ('nitrado', "Nitrado's API"), ('api', 'the HTTP API')], db_default='folder', default='folder', max_length=16, verbose_name='kind')),
                    ('address', models.CharField(blank=True, help_text="Where the .ADM files are that are followed as they grow: a folder on this machine, ftp://user@host:port/path, or Nitrado's number of the service. The HTTP API has none.", max_length=1000, verbose_name='address')),
                ],
                options={
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_logsource')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='Case',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base_name', models.TextField(blank=True, db_default='', default='', verbose_name="base's name then")),
                    ('gamertag', models.TextField(blank=True, db_default='', default='', verbose_name='gamertag')),
                    ('player_id', models.TextField(blank=True, db_default='', default='', verbose_name='player id')),
                    ('kind', models.CharField(max_length=32, verbose_name='kind of offence')),
                    ('kind_name', models.CharField(blank=True, db_default='', default='', help_text='Blank for the kinds that every server has.', max_length=80, verbose_name='name of the kind then')),
                    ('state', models.CharField(choices=[('waiting', 'waiting for staff'), ('confirmed', 'confirmed'), ('lifted', 'lifted'), ('dismissed', 'dismissed')], max_length=16, verbose_name='state')),
                    ('is_on_wall', models.BooleanField(db_default=True, default=True, verbose_name='on the wall of shame')),
                    ('evidence', models.TextField(blank=True, db_default='', default='', help_text='What staff wrote when they banned: text and links. For staff only.', verbose_name='evidence')),
                    ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='opened at')),
                    ('last_act_at', models.DateTimeField(verbose_name='last act at')),
                    ('waiting_since', models.DateTimeField(null=True, verbose_name='waiting since')),
                    ('version', models.PositiveIntegerField(db_default=0, default=0, verbose_name='version')),
                    ('ban', models.ForeignKey(help_text='The newest ban for this case.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cases', to='territory.ban', verbose_name='ban')),
                    ('base', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='territory.base', verbose_name='base')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='territory.gameserver', verbose_name='game server')),
                ],
                options={
                    'verbose_name': 'case',
                    'verbose_name_plural': 'cases',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['waiting_since', 'id'], name='territory_case_waiting'), models.Index(fields=['server', 'player_id', '-id'], name='territory_case_player'), models.Index(fields=['state', '-id'], name='territory_case_state')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'waiting'), ('waiting_since__isnull', False)), models.Q(models.Q(('state', 'waiting'), _negated=True), ('waiting_since__isnull', True)), _connector='OR'), name='territory_case_waits_since')],
                },
            ),
            migrations.CreateModel(
                name='CaseAct',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(verbose_name='version of the case after it')),
                    ('kind', models.CharField(choices=[('ban', 'banned'), ('confirm', 'confirmed'), ('dismiss', 'dismissed'), ('lift', 'lifted'), ('end', 'changed the end'), ('undo', 'undone')], max_length=16, verbose_name='act')),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='at')),
                    ('reason', models.TextField(blank=True, db_default='', default='', verbose_name='reason')),
                    ('lift_kind', models.CharField(blank=True, choices=[('mistake', 'mistake of the community'), ('mercy', 'mercy'), ('expired', 'its time is over'), ('superseded', 'replaced by another ban'), ('removed', 'removed at the host')], max_length=16, verbose_name='kind of lifting')),
                    ('before', models.JSONField(verbose_name='before')),
                    ('after', models.JSONField(verbose_name='after')),
                    ('run', models.UUIDField(help_text='The same for all acts that were undone together.', null=True, verbose_name='run')),
                    ('by', models.ForeignKey(help_text='Blank: by the machine.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='acts', to='territory.case', verbose_name='case')),
                    ('undoes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='territory.caseact', verbose_name='undoes')),
                ],
                options={
                    'verbose_name': 'act on a case',
                    'verbose_name_plural': 'acts on cases',
                    'ordering': ['case', 'version'],
                    'indexes': [models.Index(fields=['by', '-at'], name='territory_caseact_by')],
                    'constraints': [models.UniqueConstraint(fields=('case', 'version'), name='territory_caseact_version')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_caseactevent" ("by_id", "case_id", "kind", "lift_kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "run", "version") VALUES (NEW."by_id", NEW."case_id", NEW."kind", NEW."lift_kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."reason", NEW."run", NEW."version"); RETURN NULL;', hash='479f5af1062f1daedf4e00f69af1168e9edcb72c', operation='INSERT', pgid='pgtrigger_insert_insert_52bb5', table='territory_caseact', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."case_id" IS DISTINCT FROM (NEW."case_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."lift_kind" IS DISTINCT FROM (NEW."lift_kind") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."run" IS DISTINCT FROM (NEW."run") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "territory_caseactevent" ("by_id", "case_id", "kind", "lift_kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "run", "version") VALUES (OLD."by_id", OLD."case_id", OLD."kind", OLD."lift_kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."reason", OLD."run", OLD."version"); RETURN NULL;', hash='a092ca80285ac72940581a0c0a6e5dc713790e13', operation='UPDATE', pgid='pgtrigger_update_update_1b11c', table='territory_caseact', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_caseactevent" ("by_id", "case_id", "kind", "lift_kind", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "run", "version") VALUES (OLD."by_id", OLD."case_id", OLD."kind", OLD."lift_kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."reason", OLD."run", OLD."version"); RETURN NULL;', hash='7df6fc2a1874b96d6fcd4e6f18b355ac9dd14633', operation='DELETE', pgid='pgtrigger_delete_delete_38680', table='territory_caseact', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='Offence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(help_text='Its name in addresses and exports.', max_length=32, verbose_name='key')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('lengths_days', models.JSONField(blank=True, default=list, help_text='Of the first, second, third ban, for example [1, 7, 0]. 0 is permanent. Blank: permanent.', validators=[territory.models.case.check_lengths], verbose_name='lengths in days')),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offences', to='territory.gameserver', verbose_name='game server')),
                ],
                options={
                    'verbose_name': 'kind of offence',
                    'verbose_name_plural': 'kinds of offence',
                    'ordering': ['server', 'name'],
                    'constraints': [models.UniqueConstraint(fields=('server', 'key'), name='territory_offence_once', violation_error_message='This server has a kind of offence with this key already.')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_offenceevent" ("is_active", "key", "lengths_days", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (NEW."is_active", NEW."key", NEW."lengths_days", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."server_id"); RETURN NULL;', hash='6e02d8eed15301dba2e9f94fa1503f89a3351fa5', operation='INSERT', pgid='pgtrigger_insert_insert_85a2f', table='territory_offence', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."lengths_days" IS DISTINCT FROM (NEW."lengths_days") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."server_id" IS DISTINCT FROM (NEW."server_id"))', func='INSERT INTO "territory_offenceevent" ("is_active", "key", "lengths_days", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (OLD."is_active", OLD."key", OLD."lengths_days", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."server_id"); RETURN NULL;', hash='b2e0123dbda60abd126b22ed3b2f8400b09fa9d5', operation='UPDATE', pgid='pgtrigger_update_update_f969a', table='territory_offence', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "territory_offenceevent" ("is_active", "key", "lengths_days", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "server_id") VALUES (OLD."is_active", OLD."key", OLD."lengths_days", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."server_id"); RETURN NULL;', hash='d88efbcd84b182f4fdc6dca8e3cc7fad87ac0a78', operation='DELETE', pgid='pgtrigger_delete_delete_c32fd', table='territory_offence', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='OffenceEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('key', models.SlugField(db_index=False, help_text='Its name in addresses and exports.', max_length=32, verbose_name='key')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('lengths_days', models.JSONField(blank=True, default=list, help_text='Of the first, second, third ban, for example [1, 7, 0]. 0 is permanent. Blank: permanent.', validators=[territory.models.case.check_lengths], verbose_name='lengths in days')),
                    ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.offence')),
                    ('server', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.gameserver', verbose_name='game server')),
                ],
                options={
                    'abstract': False,
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_offence')],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='RuleVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField(verbose_name='number')),
                    ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='since')),
                    ('engine', models.PositiveSmallIntegerField(verbose_name="version of the program's rule")),
                    ('mode', models.CharField(choices=[('enforce', 'enforce: ban at once'), ('review', 'review: staff confirm each ban'), ('observe', 'observe: verdicts only')], max_length=16, verbose_name='mode')),
                    ('border_margin_m', models.FloatField(verbose_name='border margin (m)')),
                    ('maximum_age', models.DurationField(verbose_name='maximum age')),
                    ('policies', models.JSONField(verbose_name='item rules')),
                    ('digest', models.CharField(max_length=64, verbose_name='digest')),
                    ('server', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rule_versions', to='territory.gameserver', verbose_name='game server')),
                ],
                options={
                    'verbose_name': 'version of the rule',
                    'verbose_name_plural': 'versions of the rule',
                    'ordering': ['server', '-number'],
                    'constraints': [models.UniqueConstraint(fields=('server', 'number'), name='territory_ruleversion_number')],
                },
            ),
            migrations.CreateModel(
                name='CaseActEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('version', models.PositiveIntegerField(verbose_name='version of the case after it')),
                    ('kind', models.CharField(choices=[('ban', 'banned'), ('confirm', 'confirmed'), ('dismiss', 'dismissed'), ('lift', 'lifted'), ('end', 'changed the end'), ('undo', 'undone')], max_length=16, verbose_name='act')),
                    ('reason', models.TextField(blank=True, db_default='', default='', verbose_name='reason')),
                    ('lift_kind', models.CharField(blank=True, choices=[('mistake', 'mistake of the community'), ('mercy', 'mercy'), ('expired', 'its time is over'), ('superseded', 'replaced by another ban'), ('removed', 'removed at the host')], max_length=16, verbose_name='kind of lifting')),
                    ('run', models.UUIDField(help_text='The same for all acts that were undone together.', null=True, verbose_name='run')),
                    ('by', models.ForeignKey(db_constraint=False, db_index=False, help_text='Blank: by the machine.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('case', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.case', verbose_name='case')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.caseact')),
                ],
                options={
                    'abstract': False,
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_caseact')],
                    'default_permissions': (),
                },
            ),
        ]),
        migrations.RunSQL(CENTRE_ON_MAP, "DROP FUNCTION territory_base_centre_on_map CASCADE"),
        migrations.RunSQL(KEEP_HISTORY, "DROP FUNCTION territory_base_keep_history CASCADE"),
        migrations.RunSQL(LINKED_AT, "DROP FUNCTION territory_playeridentity_linked_at CASCADE"),
        migrations.RunSQL(LINK_OF_IDENTITY, "DROP FUNCTION territory_playeridentity_link CASCADE"),
    ]
