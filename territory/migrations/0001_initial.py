"""All of territory: names folded by the database first, then the rows, then the triggers that keep what no form could."""

import common.sealed
import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
import territory.models.server
import uuid
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


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clans', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Trusted: the owner of a database may install it. Numbers in a GiST constraint need it.
        BtreeGistExtension(),
        migrations.RunSQL(FOLDING, "DROP FUNCTION territory_gamertag_key, territory_gamertag_stem, territory_gamertag_joined"),
        migrations.CreateModel(
            name='BanList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', common.sealed.SealedTextField(blank=True, db_default='', default='', editable=False, verbose_name='secret')),
                ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                ('last_read_at', models.DateTimeField(editable=False, null=True, verbose_name='last read')),
                ('last_error', models.TextField(blank=True, db_default='', default='', editable=False, verbose_name='last error')),
                ('kind', models.CharField(choices=[('file', 'a ban.txt on this machine')], db_default='file', default='file', max_length=16, verbose_name='kind')),
                ('address', models.CharField(help_text='The ban.txt to edit. Lines that this system did not write are never touched.', max_length=1000, verbose_name="ban list's path")),
            ],
            options={
                'verbose_name': 'ban list',
                'verbose_name_plural': 'ban lists',
                'ordering': ['server', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='GamertagUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gamertag', models.CharField(max_length=100, verbose_name='gamertag')),
                ('first_seen_at', models.DateTimeField(verbose_name='first seen')),
                ('last_seen_at', models.DateTimeField(verbose_name='last seen')),
            ],
            options={
                'verbose_name': 'gamertag used',
                'verbose_name_plural': 'gamertags used',
                'ordering': ['-last_seen_at'],
            },
        ),
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
                ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'game server',
                'verbose_name_plural': 'game servers',
                'ordering': ['slug'],
            },
        ),
        migrations.CreateModel(
            name='IdentityConflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('player_id', models.CharField(max_length=64, verbose_name='player id seen')),
                ('gamertag', models.CharField(max_length=100, verbose_name='gamertag seen')),
                ('first_seen_at', models.DateTimeField(verbose_name='first seen')),
                ('last_seen_at', models.DateTimeField(verbose_name='last seen')),
                ('resolved_at', models.DateTimeField(blank=True, help_text='Set when staff found that these are two different players.', null=True, verbose_name='resolved at')),
            ],
            options={
                'verbose_name': 'identity conflict',
                'verbose_name_plural': 'identity conflicts',
                'ordering': ['-last_seen_at'],
            },
        ),
        migrations.CreateModel(
            name='Infraction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_old_system', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='from the old system')),
                ('infraction_type', models.CharField(choices=[('territory_invasion', 'territory invasion'), ('forbidden_item', 'forbidden item'), ('other', 'other infraction')], max_length=24, verbose_name='type')),
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
                ('decision_reason', models.TextField(blank=True, db_default='', default='', verbose_name='reason of the decision')),
            ],
            options={
                'verbose_name': 'infraction',
                'verbose_name_plural': 'infractions',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ItemRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pattern', models.CharField(help_text='An item class such as FenceKit, or a pattern such as Barrel_*. Case does not matter.', max_length=100, verbose_name='class or pattern')),
                ('policy', models.CharField(choices=[('protected', 'protected: needs a right inside a base'), ('protected_review', 'protected, an invasion goes to review'), ('forbidden', 'forbidden: bans anybody anywhere'), ('ignored', 'ignored')], max_length=20, verbose_name='policy')),
                ('note', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'item rule',
                'verbose_name_plural': 'item rules',
                'ordering': ['server', 'pattern'],
            },
        ),
        migrations.CreateModel(
            name='LogFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
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
            ],
            options={
                'verbose_name': 'log file',
                'verbose_name_plural': 'log files',
                'ordering': ['-last_read_at'],
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
                ('kind', models.CharField(choices=[('folder', 'a folder on this machine'), ('api', 'the HTTP API')], db_default='folder', default='folder', max_length=16, verbose_name='kind')),
                ('address', models.CharField(blank=True, help_text='A folder on this machine whose .ADM files are followed as they grow. The API has none.', max_length=1000, verbose_name='watched folder')),
                ('token_hash', models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='token hash')),
                ('last_event_at', models.DateTimeField(editable=False, null=True, verbose_name='last event')),
                ('lag', models.DurationField(editable=False, null=True, verbose_name='lag')),
                ('not_before', models.DateTimeField(editable=False, null=True, verbose_name='next look')),
                ('lags', models.JSONField(db_default=[], default=list, editable=False, verbose_name='lags')),
                ('clock_shift_min', models.SmallIntegerField(db_default=0, default=0, editable=False, verbose_name='clock wrong by (min)')),
            ],
            options={
                'verbose_name': 'log source',
                'verbose_name_plural': 'log sources',
                'ordering': ['server', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Placement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
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
                ('distance_m', models.FloatField(null=True, verbose_name='distance (m)')),
                ('reasons', models.JSONField(help_text='Everything the verdict rests on.', null=True, verbose_name='reasons')),
                ('rule_version', models.SmallIntegerField(null=True, verbose_name='rule version')),
            ],
            options={
                'verbose_name': 'placement',
                'verbose_name_plural': 'placements',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='PlayerIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gamertag', models.CharField(max_length=100, verbose_name='gamertag')),
                ('player_id', models.CharField(blank=True, help_text="The id in the game's log. Blank: learned the first time the gamertag is seen.", max_length=64, null=True, unique=True, verbose_name='player id')),
                ('xuid', models.CharField(blank=True, max_length=32, null=True, unique=True, verbose_name='XUID')),
                ('platform', models.CharField(blank=True, choices=[('', 'unknown'), ('xbox', 'Xbox'), ('playstation', 'PlayStation'), ('pc', 'PC')], db_default='', default='', max_length=16, verbose_name='platform')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('linked_at', models.DateTimeField(editable=False, null=True, verbose_name='linked at')),
                ('gamertag_key', models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_key'), output_field=models.TextField())),
                ('gamertag_stem', models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_stem'), output_field=models.TextField())),
                ('gamertag_joined', models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_joined'), output_field=models.TextField())),
            ],
            options={
                'verbose_name': 'player identity',
                'verbose_name_plural': 'player identities',
                'ordering': ['gamertag'],
            },
        ),
        migrations.CreateModel(
            name='StaffImmunity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('granted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='granted at')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ('note', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'staff immunity',
                'verbose_name_plural': 'staff immunities',
            },
        ),
        migrations.CreateModel(
            name='Ban',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gamertag', models.TextField(blank=True, db_default='', default='', verbose_name='gamertag')),
                ('player_id', models.TextField(blank=True, db_default='', default='', verbose_name='player id')),
                ('xuid', models.TextField(blank=True, db_default='', default='', verbose_name='XUID')),
                ('reason', models.TextField(db_default='', default='', verbose_name='reason')),
                ('evidence', models.TextField(blank=True, db_default='', default='', verbose_name='evidence')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('ends_at', models.DateTimeField(blank=True, help_text='Blank: permanent.', null=True, verbose_name='ends at')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                ('lift_reason', models.TextField(blank=True, db_default='', default='', verbose_name='why it was lifted')),
                ('created_by', models.ForeignKey(blank=True, help_text='Blank: by the rule.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
            ],
            options={
                'verbose_name': 'ban',
                'verbose_name_plural': 'bans',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='BanExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('extended_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='extended at')),
                ('ended_at', models.DateTimeField(verbose_name='would have ended at')),
                ('ends_at', models.DateTimeField(help_text='Blank: permanent.', null=True, verbose_name='ends at')),
                ('reason', models.TextField(verbose_name='reason')),
                ('ban', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extensions', to='territory.ban', verbose_name='ban')),
            ],
            options={
                'verbose_name': 'extension of a ban',
                'verbose_name_plural': 'extensions of bans',
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
                ('line', models.TextField(help_text='What is written, unless the list bans the player already.', verbose_name='line')),
                ('written', models.TextField(blank=True, db_default='', default='', editable=False, help_text='Our line as it was written last; lines of others are never removed.', verbose_name='written line')),
                ('state', models.CharField(choices=[('pending', 'to be written'), ('applied', 'applied'), ('lifting', 'to be removed'), ('lifted', 'removed'), ('foreign', 'a foreign line still bans'), ('failed', 'failed')], db_default='pending', default='pending', max_length=16, verbose_name='state')),
                ('applied_at', models.DateTimeField(blank=True, null=True, verbose_name='applied at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('ban', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='territory.ban', verbose_name='ban')),
                ('ban_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='territory.banlist', verbose_name='ban list')),
            ],
            options={
                'verbose_name': 'ban delivery',
                'verbose_name_plural': 'ban deliveries',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Base',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('place', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='place')),
                ('x', models.FloatField(verbose_name='X (east, m)')),
                ('z', models.FloatField(verbose_name='Z (north, m)')),
                ('radius_m', models.FloatField(db_default=100.0, default=100.0, validators=[django.core.validators.MinValueValidator(50.0), django.core.validators.MaxValueValidator(200.0)], verbose_name='radius (m)')),
                ('registered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='registered at')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed at')),
                ('changed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='changed at')),
                ('clan', models.ForeignKey(blank=True, help_text='Its members may build here.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bases', to='clans.clan', verbose_name='clan')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bases', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'base',
                'verbose_name_plural': 'bases',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='BasePermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('build', 'build'), ('admin', 'build and manage permissions')], db_default='build', default='build', max_length=16, verbose_name='level')),
                ('granted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='granted at')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='permissions', to='territory.base', verbose_name='base')),
                ('granted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='granted by')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='base_permissions', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'base permission',
                'verbose_name_plural': 'base permissions',
                'ordering': ['base', 'user'],
            },
        ),
        migrations.CreateModel(
            name='BaseRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('x', models.FloatField(verbose_name='X (east, m)')),
                ('z', models.FloatField(verbose_name='Z (north, m)')),
                ('radius_m', models.FloatField(verbose_name='radius (m)')),
                ('valid_from', models.DateTimeField(verbose_name='valid from')),
                ('valid_to', models.DateTimeField(verbose_name='valid until')),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='territory.base', verbose_name='base')),
                ('clan', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clans.clan', verbose_name='clan')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'former state of a base',
                'verbose_name_plural': 'former states of bases',
                'ordering': ['-valid_to'],
            },
        ),
        migrations.AddConstraint(
            model_name='gameserver',
            constraint=models.CheckConstraint(condition=models.Q(('map_size_m__gte', 500.0), ('map_size_m__lte', 65536.0)), name='territory_gameserver_map_size_in_bounds', violation_error_message='The sides of a map are 500 to 65,536 m long.'),
        ),
        migrations.AddConstraint(
            model_name='gameserver',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['enforce', 'observe', 'review'])), name='territory_gameserver_known_mode'),
        ),
        migrations.AddConstraint(
            model_name='gameserver',
            constraint=models.CheckConstraint(condition=models.Q(('border_margin_m__gte', 0), ('border_margin_m__lte', 50)), name='territory_gameserver_margin_in_bounds', violation_error_message='The border margin lies between 0 and 50 m.'),
        ),
        migrations.AddField(
            model_name='baserevision',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='base',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bases', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='banlist',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ban_lists', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='ban',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bans', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='identityconflict',
            name='resolved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='resolved by'),
        ),
        migrations.AddField(
            model_name='infraction',
            name='ban',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='infractions', to='territory.ban', verbose_name='ban'),
        ),
        migrations.AddField(
            model_name='infraction',
            name='base',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='infractions', to='territory.base', verbose_name='base'),
        ),
        migrations.AddField(
            model_name='infraction',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='infraction',
            name='repeats',
            field=models.ForeignKey(blank=True, db_index=False, help_text="The first of the player's acts within a minute; they are announced and shown as one.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='repeated_by', to='territory.infraction', verbose_name='repeats'),
        ),
        migrations.AddField(
            model_name='infraction',
            name='server',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='infractions', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='infraction',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='itemrule',
            name='server',
            field=models.ForeignKey(blank=True, help_text='Blank: on all game servers.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='item_rules', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='logsource',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log_sources', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='logfile',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log_files', to='territory.logsource', verbose_name='log source'),
        ),
        migrations.AddField(
            model_name='placement',
            name='base',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='territory.base', verbose_name='base'),
        ),
        migrations.AddField(
            model_name='placement',
            name='server',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='placement',
            name='user',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='infraction',
            name='placement',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='infraction', to='territory.placement', verbose_name='placement'),
        ),
        migrations.AddField(
            model_name='playeridentity',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='player_identities', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='identityconflict',
            name='identity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conflicts', to='territory.playeridentity', verbose_name='linked identity'),
        ),
        migrations.AddField(
            model_name='gamertaguse',
            name='identity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gamertags', to='territory.playeridentity', verbose_name='player identity'),
        ),
        migrations.AddField(
            model_name='staffimmunity',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='immunities', to='territory.gameserver', verbose_name='game server'),
        ),
        migrations.AddField(
            model_name='staffimmunity',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddIndex(
            model_name='bandelivery',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'lifting'])), fields=['not_before'], name='territory_bandelivery_due'),
        ),
        migrations.AddConstraint(
            model_name='bandelivery',
            constraint=models.UniqueConstraint(fields=('ban', 'ban_list'), name='territory_bandelivery_once'),
        ),
        migrations.AddConstraint(
            model_name='basepermission',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['admin', 'build'])), name='territory_basepermission_known_level'),
        ),
        migrations.AddConstraint(
            model_name='basepermission',
            constraint=models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__gte', models.F('granted_at')), _connector='OR'), name='territory_basepermission_ends_after_grant', violation_error_message='A permission cannot be revoked before it is granted.'),
        ),
        migrations.AddConstraint(
            model_name='basepermission',
            constraint=models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='territory_basepermission_revoked_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'),
        ),
        migrations.AddConstraint(
            model_name='basepermission',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('base', 'user'), name='territory_basepermission_one_open', violation_error_message='This person has a permission on the base already.'),
        ),
        migrations.AddIndex(
            model_name='baserevision',
            index=models.Index(fields=['server', 'valid_to'], name='territory_revision_server'),
        ),
        migrations.AddConstraint(
            model_name='base',
            constraint=models.CheckConstraint(condition=models.Q(('radius_m__gte', 50.0), ('radius_m__lte', 200.0)), name='territory_base_radius_in_bounds', violation_error_message='The radius lies between 50 and 200 m.'),
        ),
        migrations.AddConstraint(
            model_name='base',
            constraint=models.CheckConstraint(condition=models.Q(('removed_at__isnull', True), ('removed_at__gte', models.F('registered_at')), _connector='OR'), name='territory_base_removed_after_registration', violation_error_message='A base cannot be removed before it is registered.'),
        ),
        migrations.AddConstraint(
            model_name='base',
            constraint=models.CheckConstraint(condition=models.Q(('removed_at__isnull', True), ('removed_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='territory_base_removed_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'),
        ),
        migrations.AddConstraint(
            model_name='base',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('server', '='), ('owner', '<>'), (models.Func(models.Func(models.F('x'), models.F('z'), function='point'), models.F('radius_m'), function='circle'), '&&'), (models.Func(models.F('registered_at'), models.F('removed_at'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='territory_base_no_overlap', violation_error_message='The circle overlaps a base of another owner. Move it or make it smaller.'),
        ),
        migrations.AddConstraint(
            model_name='banlist',
            constraint=models.UniqueConstraint(fields=('server', 'kind', 'address'), name='territory_banlist_once', violation_error_message='The game server has this ban list already.'),
        ),
        migrations.AddConstraint(
            model_name='banlist',
            constraint=models.CheckConstraint(condition=models.Q(('address', ''), _negated=True), name='territory_banlist_has_address'),
        ),
        migrations.AddIndex(
            model_name='ban',
            index=models.Index(condition=models.Q(('ends_at__isnull', False), ('lifted_at__isnull', True)), fields=['ends_at'], name='territory_ban_ending'),
        ),
        migrations.AddConstraint(
            model_name='ban',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True), models.Q(('player_id', ''), _negated=True)), fields=('server', 'player_id'), name='territory_ban_one_active', violation_error_message='This player is banned already.'),
        ),
        migrations.AddConstraint(
            model_name='ban',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='territory_ban_ends_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'),
        ),
        migrations.AddConstraint(
            model_name='ban',
            constraint=models.CheckConstraint(condition=models.Q(('gamertag', ''), ('player_id', ''), ('xuid', ''), _negated=True), name='territory_ban_names_somebody', violation_error_message='A ban needs a player id, a gamertag or an XUID.'),
        ),
        migrations.AddConstraint(
            model_name='itemrule',
            constraint=models.UniqueConstraint(models.F('server'), django.db.models.functions.text.Lower('pattern'), name='territory_itemrule_one_per_pattern', nulls_distinct=False, violation_error_message='There is a rule for this item already.'),
        ),
        migrations.AddConstraint(
            model_name='itemrule',
            constraint=models.CheckConstraint(condition=models.Q(('policy__in', ['forbidden', 'ignored', 'protected', 'protected_review'])), name='territory_itemrule_known_policy'),
        ),
        migrations.AddConstraint(
            model_name='logsource',
            constraint=models.UniqueConstraint(fields=('server', 'kind', 'address'), name='territory_logsource_once', violation_error_message='The game server has this log source already.'),
        ),
        migrations.AddConstraint(
            model_name='logsource',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'api'), models.Q(('address', ''), _negated=True), _connector='XOR'), name='territory_logsource_has_address'),
        ),
        migrations.AddConstraint(
            model_name='logsource',
            constraint=models.UniqueConstraint(condition=models.Q(('token_hash', ''), _negated=True), fields=('token_hash',), name='territory_logsource_one_per_token'),
        ),
        migrations.AddConstraint(
            model_name='logfile',
            constraint=models.UniqueConstraint(fields=('source', 'name'), name='territory_logfile_once'),
        ),
        migrations.AddIndex(
            model_name='placement',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['server', 'occurred_at', 'id'], name='territory_placement_due'),
        ),
        migrations.AddIndex(
            model_name='placement',
            index=models.Index(fields=['act_key'], name='territory_placement_act'),
        ),
        migrations.AddIndex(
            model_name='placement',
            index=models.Index(condition=models.Q(('base__isnull', False)), fields=['base', '-id'], name='territory_placement_base'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.UniqueConstraint(fields=('server', 'source_key'), name='territory_placement_once'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'pending'), _negated=True), models.Q(('occurred_at__isnull', False), ('x__isnull', False), ('z__isnull', False), ('x__gte', 0), ('x__lte', 65536.0), ('z__gte', 0), ('z__lte', 65536.0), ('occurred_at__gte', datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('occurred_at__lt', datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('player_id__regex', '^[!-.0-~]{1,64}$')), _connector='OR'), name='territory_placement_pending_is_usable'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'judged'), _negated=True), models.Q(('outcome', ''), _negated=True), _connector='OR'), name='territory_placement_judged_has_verdict'),
        ),
        migrations.AddIndex(
            model_name='infraction',
            index=models.Index(fields=['status', '-id'], name='territory_infraction_status'),
        ),
        migrations.AddIndex(
            model_name='infraction',
            index=models.Index(fields=['status', '-occurred_at', '-id'], name='territory_infraction_wall'),
        ),
        migrations.AddIndex(
            model_name='infraction',
            index=models.Index(condition=models.Q(('repeats__isnull', False)), fields=['repeats'], name='territory_infraction_repeats'),
        ),
        migrations.AddConstraint(
            model_name='infraction',
            constraint=models.CheckConstraint(condition=models.Q(('placement__isnull', False), ('from_old_system', True), _connector='OR'), name='territory_infraction_has_placement'),
        ),
        migrations.AddIndex(
            model_name='playeridentity',
            index=models.Index(fields=['gamertag_key'], name='territory_identity_gamertag'),
        ),
        migrations.AddIndex(
            model_name='playeridentity',
            index=models.Index(fields=['gamertag_stem'], name='territory_identity_stem'),
        ),
        migrations.AddIndex(
            model_name='playeridentity',
            index=models.Index(fields=['gamertag_joined'], name='territory_identity_joined'),
        ),
        migrations.AddConstraint(
            model_name='playeridentity',
            constraint=models.UniqueConstraint(models.F('gamertag_key'), condition=models.Q(('player_id__isnull', True), ('user__isnull', False)), name='territory_playeridentity_one_waiting', violation_error_message='Somebody else is already linked to this gamertag.'),
        ),
        migrations.AddConstraint(
            model_name='identityconflict',
            constraint=models.UniqueConstraint(fields=('identity', 'player_id'), name='territory_identityconflict_once'),
        ),
        migrations.AddConstraint(
            model_name='gamertaguse',
            constraint=models.UniqueConstraint(fields=('identity', 'gamertag'), name='territory_gamertaguse_once'),
        ),
        migrations.AddConstraint(
            model_name='staffimmunity',
            constraint=models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__gte', models.F('granted_at')), _connector='OR'), name='territory_staffimmunity_ends_after_start', violation_error_message='An immunity cannot be revoked before it is granted.'),
        ),
        migrations.AddConstraint(
            model_name='staffimmunity',
            constraint=models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='territory_staffimmunity_revoked_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'),
        ),
        migrations.AddConstraint(
            model_name='staffimmunity',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('server', 'user'), name='territory_staffimmunity_one_open', violation_error_message='This person has an immunity on the server already.'),
        ),
        migrations.RunSQL(CENTRE_ON_MAP, "DROP FUNCTION territory_base_centre_on_map CASCADE"),
        migrations.RunSQL(KEEP_HISTORY, "DROP FUNCTION territory_base_keep_history CASCADE"),
        migrations.RunSQL(LINKED_AT, "DROP FUNCTION territory_playeridentity_linked_at CASCADE"),
    ]
