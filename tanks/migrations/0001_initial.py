import common.sealed
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import tanks.models.realm
from common.creating import CreateModels
from django.conf import settings
from django.db import migrations, models

LINK_OF_PLAYER = """
CREATE FUNCTION tanks_player_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row tanks_player := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    account text := row.realm_id || ':' || row.account_id;
BEGIN
    PERFORM clans_follow_pointer(
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.user_id END, 'wargaming', account,
        CASE WHEN TG_OP <> 'DELETE' THEN NEW.user_id END, 'wargaming', account, row.nickname
    );
    RETURN NULL;
END $$;
CREATE TRIGGER tanks_player_link_inserted AFTER INSERT ON tanks_player FOR EACH ROW
    WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION tanks_player_link();
CREATE TRIGGER tanks_player_link_deleted AFTER DELETE ON tanks_player FOR EACH ROW
    WHEN (OLD.user_id IS NOT NULL) EXECUTE FUNCTION tanks_player_link();
CREATE TRIGGER tanks_player_link_changed AFTER UPDATE OF user_id, nickname ON tanks_player FOR EACH ROW
    WHEN (NEW.user_id IS DISTINCT FROM OLD.user_id
        OR (NEW.user_id IS NOT NULL AND NEW.nickname IS DISTINCT FROM OLD.nickname))
    EXECUTE FUNCTION tanks_player_link();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clans', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Realm',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(help_text='Short: eu, na, asia.', max_length=40, unique=True, verbose_name='name')),
                    ('url', models.CharField(max_length=200, unique=True, validators=[tanks.models.realm.validate_address], verbose_name='address of the API')),
                    ('application_id', common.sealed.SealedTextField(blank=True, db_default='', default='', editable=False, verbose_name='application id of its own')),
                    ('catalogue_version', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='version of the catalogue')),
                    ('catalogue_read_at', models.DateTimeField(blank=True, null=True, verbose_name='catalogue read at')),
                    ('catalogue_not_before', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ],
                options={
                    'verbose_name': 'realm',
                    'verbose_name_plural': 'realms',
                    'ordering': ['name'],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tanks_realmevent" ("name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "url") VALUES (NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."url"); RETURN NULL;', hash='02abda49dbc76c75ab215c5913bddd7cec2f095c', operation='INSERT', pgid='pgtrigger_insert_insert_fcfed', table='tanks_realm', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."url" IS DISTINCT FROM (NEW."url"))', func='INSERT INTO "tanks_realmevent" ("name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "url") VALUES (OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."url"); RETURN NULL;', hash='3045bcc8ce94a4bf38ba334bd2a15ca6f7261a0d', operation='UPDATE', pgid='pgtrigger_update_update_087dd', table='tanks_realm', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tanks_realmevent" ("name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "url") VALUES (OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."url"); RETURN NULL;', hash='e5554e7c800c6e344a98352cc25eafda3fa5488a', operation='DELETE', pgid='pgtrigger_delete_delete_315cf', table='tanks_realm', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='SyncedClan',
                fields=[
                    ('clan', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='synced', serialize=False, to='clans.clan', verbose_name='clan')),
                    ('realm', models.ForeignKey(db_index=False, help_text='For a clan of World of Tanks: where it is synced from.', on_delete=django.db.models.deletion.PROTECT, related_name='clans', to='tanks.realm', verbose_name='realm')),
                    ('wargaming_id', models.BigIntegerField(help_text="The clan's number at Wargaming.", verbose_name='number in the game')),
                    ('disbanded_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='disbanded at')),
                    ('sync_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='next sync')),
                    ('full_pass_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last pass over all vehicles')),
                    ('missing_account_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), db_default=[], default=list, editable=False, size=None)),
                ],
                options={
                    'verbose_name': 'synced clan',
                    'verbose_name_plural': 'synced clans',
                    'ordering': ['name', 'pk'],
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('realm', 'wargaming_id'), name='tanks_syncedclan_wargaming_id_in_realm', violation_error_message='This clan of the game is there already.'), models.CheckConstraint(condition=models.Q(('wargaming_id__gt', 0)), name='tanks_syncedclan_wargaming_id_positive', violation_error_message='A clan of the game needs both: its realm and its number there.')],
                },
                bases=('clans.clan',),
            ),
            migrations.CreateModel(
                name='Player',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('global_rating', models.BigIntegerField(blank=True, null=True, verbose_name='personal rating')),
                    ('last_battle_at', models.DateTimeField(blank=True, null=True, verbose_name='last battle at')),
                    ('battles', models.BigIntegerField(blank=True, null=True, verbose_name='battles')),
                    ('wins', models.BigIntegerField(blank=True, null=True, verbose_name='wins')),
                    ('losses', models.BigIntegerField(blank=True, null=True, verbose_name='losses')),
                    ('draws', models.BigIntegerField(blank=True, null=True, verbose_name='draws')),
                    ('survived_battles', models.BigIntegerField(blank=True, null=True, verbose_name='battles survived')),
                    ('damage_dealt', models.BigIntegerField(blank=True, null=True, verbose_name='damage dealt')),
                    ('frags', models.BigIntegerField(blank=True, null=True, verbose_name='frags')),
                    ('spotted', models.BigIntegerField(blank=True, null=True, verbose_name='enemies spotted')),
                    ('dropped_capture_points', models.BigIntegerField(blank=True, null=True, verbose_name='defence points')),
                    ('xp', models.BigIntegerField(blank=True, null=True, verbose_name='experience')),
                    ('realm', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='players', to='tanks.realm', verbose_name='realm')),
                    ('account_id', models.BigIntegerField(verbose_name='account id')),
                    ('nickname', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='nickname')),
                    ('user', models.ForeignKey(blank=True, help_text="Whose account it is. Link it only when you know: it opens the clan's pages.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='players', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('clan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='players', to='clans.clan', verbose_name='clan')),
                    ('role', models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='role in the game')),
                    ('joined_clan_at', models.DateTimeField(blank=True, null=True, verbose_name='joined the clan at')),
                    ('account_created_at', models.DateTimeField(blank=True, null=True, verbose_name='account created at')),
                    ('first_seen', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='first seen')),
                    ('hidden_since', models.DateTimeField(blank=True, help_text='Since then the API says nothing about this account; what was known stays.', null=True, verbose_name='hidden since')),
                    ('refused_since', models.DateTimeField(blank=True, help_text='The API does not take this number for an account; it is asked for once a day only.', null=True, verbose_name='refused since')),
                    ('garage_read_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='vehicles read at')),
                    ('garage_battles', models.BigIntegerField(editable=False, null=True)),
                    ('garage_last_battle_at', models.DateTimeField(editable=False, null=True)),
                    ('garage_tries', models.SmallIntegerField(db_default=0, default=0, editable=False)),
                    ('garage_missing', models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name='battles in no vehicle')),
                    ('access_token', common.sealed.SealedTextField(blank=True, db_default='', default='', editable=False)),
                    ('token_expires_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='access ends at')),
                    ('private_read_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='garage read at')),
                    ('shares_garage', models.BooleanField(db_default=False, default=False, editable=False, help_text='Others of the clan see which vehicles the token showed in the garage.', verbose_name='shares the garage')),
                ],
                options={
                    'verbose_name': 'player',
                    'verbose_name_plural': 'players',
                    'ordering': ['nickname', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('realm', 'account_id'), name='tanks_player_account_in_realm', violation_error_message='This account is there already.'), models.CheckConstraint(condition=models.Q(('account_id__gt', 0)), name='tanks_player_account_id_positive')],
                    'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."user_id" IS NOT NULL)', func='INSERT INTO "tanks_playerevent" ("account_id", "nickname", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shares_garage", "user_id") VALUES (NEW."account_id", NEW."nickname", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."shares_garage", NEW."user_id"); RETURN NULL;', hash='c05f2a41677f0316faacf17ef74d7fb04bc93b89', operation='INSERT', pgid='pgtrigger_insert_insert_69934', table='tanks_player', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."shares_garage" IS DISTINCT FROM (NEW."shares_garage") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "tanks_playerevent" ("account_id", "nickname", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shares_garage", "user_id") VALUES (OLD."account_id", OLD."nickname", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."shares_garage", OLD."user_id"); RETURN NULL;', hash='e8f49399e6e06534cd7bf6a01d3c2dd11b6c9c23', operation='UPDATE', pgid='pgtrigger_update_update_9e054', table='tanks_player', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tanks_playerevent" ("account_id", "nickname", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "shares_garage", "user_id") VALUES (OLD."account_id", OLD."nickname", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."shares_garage", OLD."user_id"); RETURN NULL;', hash='59a97f9dc31b531636a53273da781fd31a49cfce', operation='DELETE', pgid='pgtrigger_delete_delete_32bde', table='tanks_player', when='AFTER'))],
                },
            ),
            migrations.CreateModel(
                name='RosterEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('clan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='roster_events', to='clans.clan', verbose_name='clan')),
                    ('player', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roster_events', to='tanks.player', verbose_name='player')),
                    ('kind', models.CharField(choices=[('joined', 'joined'), ('left', 'left'), ('renamed', 'renamed'), ('role_changed', 'role changed')], max_length=16, verbose_name='kind')),
                    ('before', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='before')),
                    ('after', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='after')),
                    ('occurred_at', models.DateTimeField(verbose_name='occurred at')),
                    ('noticed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='noticed at')),
                ],
                options={
                    'verbose_name': 'roster event',
                    'verbose_name_plural': 'roster events',
                    'ordering': ['-occurred_at', '-pk'],
                    'indexes': [models.Index(fields=['clan', '-occurred_at'], name='tanks_rosterevent_newest')],
                },
            ),
            migrations.CreateModel(
                name='Vehicle',
                fields=[
                    ('tank_id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='vehicle id')),
                    ('name', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='name')),
                    ('short_name', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='short name')),
                    ('tag', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='tag')),
                    ('nation', models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='nation')),
                    ('type', models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='type')),
                    ('tier', models.SmallIntegerField(blank=True, null=True, verbose_name='tier')),
                    ('is_premium', models.BooleanField(db_default=False, default=False, verbose_name='premium')),
                    ('is_gift', models.BooleanField(db_default=False, default=False, verbose_name='gift')),
                    ('big_icon', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='large picture')),
                    ('small_icon', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='small picture')),
                    ('contour_icon', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='outline')),
                    ('listed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tanks.realm')),
                    ('not_in_catalogue_since', models.DateTimeField(blank=True, null=True, verbose_name='not in the catalogue since')),
                    ('first_seen', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='first seen')),
                ],
                options={
                    'verbose_name': 'vehicle',
                    'verbose_name_plural': 'vehicles',
                    'ordering': ['-tier', 'name', 'tank_id'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('tier__isnull', True), ('tier__range', (1, 11)), _connector='OR'), name='tanks_vehicle_tier_known')],
                },
            ),
            migrations.CreateModel(
                name='VehicleListing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('realm', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tanks.realm', verbose_name='realm')),
                    ('vehicle', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='listings', to='tanks.vehicle', verbose_name='vehicle')),
                    ('name', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='name')),
                    ('short_name', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='short name')),
                    ('not_in_catalogue_since', models.DateTimeField(blank=True, null=True, verbose_name='not in the catalogue since')),
                ],
                options={
                    'verbose_name': 'listing of a vehicle',
                    'verbose_name_plural': 'listings of vehicles',
                    'ordering': ['realm', 'vehicle'],
                    'constraints': [models.UniqueConstraint(fields=('realm', 'vehicle'), name='tanks_vehiclelisting_once')],
                },
            ),
            migrations.CreateModel(
                name='GarageTank',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('battles', models.BigIntegerField(verbose_name='battles')),
                    ('wins', models.BigIntegerField(verbose_name='wins')),
                    ('mark_of_mastery', models.SmallIntegerField(choices=[(0, 'no badge'), (1, '3rd class'), (2, '2nd class'), (3, '1st class'), (4, 'Ace Tanker')], db_default=0, default=0, verbose_name='mastery badge')),
                    ('damage_dealt', models.BigIntegerField(blank=True, null=True, verbose_name='damage dealt')),
                    ('frags', models.BigIntegerField(blank=True, null=True, verbose_name='frags')),
                    ('spotted', models.BigIntegerField(blank=True, null=True, verbose_name='enemies spotted')),
                    ('dropped_capture_points', models.BigIntegerField(blank=True, null=True, verbose_name='defence points')),
                    ('marks_on_gun', models.SmallIntegerField(blank=True, null=True, verbose_name='marks of excellence')),
                    ('player', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tanks', to='tanks.player', verbose_name='player')),
                    ('tank', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='garage_tanks', to='tanks.vehicle', verbose_name='vehicle')),
                    ('in_garage', models.BooleanField(blank=True, null=True, verbose_name='in the garage')),
                    ('withdrawn_at', models.DateTimeField(blank=True, help_text='Since then the game no longer lists this vehicle, nor counts its battles.', null=True, verbose_name='withdrawn at')),
                    ('withdrawn_battles', models.BigIntegerField(db_default=0, default=0, verbose_name='battles before that')),
                    ('withdrawn_wins', models.BigIntegerField(db_default=0, default=0, verbose_name='wins before that')),
                    ('first_seen', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='first seen')),
                    ('last_changed', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='last changed')),
                ],
                options={
                    'verbose_name': 'vehicle of a player',
                    'verbose_name_plural': 'vehicles of players',
                    'ordering': ['player', '-battles', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('player', 'tank'), name='tanks_garagetank_once'), models.CheckConstraint(condition=models.Q(('mark_of_mastery__range', (0, 4))), name='tanks_garagetank_mastery_known'), models.CheckConstraint(condition=models.Q(('marks_on_gun__isnull', True), ('marks_on_gun__range', (0, 3)), _connector='OR'), name='tanks_garagetank_marks_known')],
                },
            ),
            migrations.CreateModel(
                name='AccountSnapshot',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('global_rating', models.BigIntegerField(blank=True, null=True, verbose_name='personal rating')),
                    ('last_battle_at', models.DateTimeField(blank=True, null=True, verbose_name='last battle at')),
                    ('battles', models.BigIntegerField(blank=True, null=True, verbose_name='battles')),
                    ('wins', models.BigIntegerField(blank=True, null=True, verbose_name='wins')),
                    ('losses', models.BigIntegerField(blank=True, null=True, verbose_name='losses')),
                    ('draws', models.BigIntegerField(blank=True, null=True, verbose_name='draws')),
                    ('survived_battles', models.BigIntegerField(blank=True, null=True, verbose_name='battles survived')),
                    ('damage_dealt', models.BigIntegerField(blank=True, null=True, verbose_name='damage dealt')),
                    ('frags', models.BigIntegerField(blank=True, null=True, verbose_name='frags')),
                    ('spotted', models.BigIntegerField(blank=True, null=True, verbose_name='enemies spotted')),
                    ('dropped_capture_points', models.BigIntegerField(blank=True, null=True, verbose_name='defence points')),
                    ('xp', models.BigIntegerField(blank=True, null=True, verbose_name='experience')),
                    ('player', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='tanks.player', verbose_name='player')),
                    ('day', models.DateField(verbose_name='day')),
                    ('taken_at', models.DateTimeField(verbose_name='taken at')),
                    ('is_reset', models.BooleanField(db_default=False, default=False, verbose_name='a counter fell')),
                ],
                options={
                    'verbose_name': 'snapshot of an account',
                    'verbose_name_plural': 'snapshots of accounts',
                    'ordering': ['-day', 'player'],
                    'constraints': [models.UniqueConstraint(fields=('player', 'day'), name='tanks_accountsnapshot_once_a_day')],
                },
            ),
            migrations.CreateModel(
                name='TankSnapshot',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('battles', models.BigIntegerField(verbose_name='battles')),
                    ('wins', models.BigIntegerField(verbose_name='wins')),
                    ('mark_of_mastery', models.SmallIntegerField(choices=[(0, 'no badge'), (1, '3rd class'), (2, '2nd class'), (3, '1st class'), (4, 'Ace Tanker')], db_default=0, default=0, verbose_name='mastery badge')),
                    ('damage_dealt', models.BigIntegerField(blank=True, null=True, verbose_name='damage dealt')),
                    ('frags', models.BigIntegerField(blank=True, null=True, verbose_name='frags')),
                    ('spotted', models.BigIntegerField(blank=True, null=True, verbose_name='enemies spotted')),
                    ('dropped_capture_points', models.BigIntegerField(blank=True, null=True, verbose_name='defence points')),
                    ('marks_on_gun', models.SmallIntegerField(blank=True, null=True, verbose_name='marks of excellence')),
                    ('player', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tank_snapshots', to='tanks.player', verbose_name='player')),
                    ('tank', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tanks.vehicle', verbose_name='vehicle')),
                    ('day', models.DateField(verbose_name='day')),
                    ('taken_at', models.DateTimeField(verbose_name='taken at')),
                    ('is_reset', models.BooleanField(db_default=False, default=False, verbose_name='a counter fell')),
                ],
                options={
                    'verbose_name': 'snapshot of a vehicle',
                    'verbose_name_plural': 'snapshots of vehicles',
                    'ordering': ['-day', 'player', 'tank'],
                    'constraints': [models.UniqueConstraint(fields=('player', 'tank', 'day'), name='tanks_tanksnapshot_once_a_day')],
                },
            ),
            migrations.CreateModel(
                name='SyncRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('clan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sync_runs', to='tanks.syncedclan', verbose_name='clan')),
                    ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('partial', 'done in part'), ('failed', 'failed'), ('abandoned', 'broken off')], db_default='waiting', default='waiting', max_length=16, verbose_name='state')),
                    ('trigger', models.CharField(choices=[('schedule', 'on schedule'), ('page', 'asked for on a page'), ('command', 'asked for by command')], db_default='schedule', default='schedule', max_length=16, verbose_name='asked for')),
                    ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                    ('requested_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='asked for at')),
                    ('is_full', models.BooleanField(db_default=False, default=False, verbose_name='all vehicles')),
                    ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                    ('calls', models.IntegerField(db_default=0, default=0, verbose_name='calls')),
                    ('bytes', models.BigIntegerField(db_default=0, default=0, verbose_name='bytes received')),
                    ('rows_changed', models.IntegerField(db_default=0, default=0, verbose_name='rows changed')),
                    ('changes', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='rows changed by section')),
                    ('trouble', models.CharField(blank=True, choices=[('', '-'), ('unavailable', 'no answer'), ('rate_limited', 'too many requests'), ('not_configured', 'application refused'), ('suspended', 'requests suspended'), ('refused', 'request refused'), ('unreadable', 'answer not understood'), ('empty', 'empty answer'), ('disbanded', 'clan disbanded'), ('held_back', 'members missing'), ('internal', 'fault of this site')], db_default='', default='', max_length=20, verbose_name='trouble')),
                    ('error', models.TextField(blank=True, db_default='', default='', verbose_name='technical detail')),
                ],
                options={
                    'verbose_name': 'sync',
                    'verbose_name_plural': 'syncs',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(fields=['clan', '-id'], name='tanks_syncrun_newest')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('clan',), name='tanks_syncrun_one_waiting')],
                },
            ),
            migrations.CreateModel(
                name='SyncStatus',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('clan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sync_statuses', to='tanks.syncedclan', verbose_name='clan')),
                    ('section', models.CharField(choices=[('members', 'members'), ('accounts', 'accounts'), ('vehicles', 'catalogue of vehicles'), ('tanks', "players' vehicles"), ('private', 'private garages')], max_length=16, verbose_name='section')),
                    ('last_success_at', models.DateTimeField(blank=True, null=True, verbose_name='last success')),
                    ('last_change_at', models.DateTimeField(blank=True, null=True, verbose_name='last change')),
                    ('last_error_at', models.DateTimeField(blank=True, null=True, verbose_name='last error')),
                    ('last_error', models.TextField(blank=True, db_default='', default='', verbose_name='technical detail')),
                    ('trouble', models.CharField(blank=True, choices=[('', '-'), ('unavailable', 'no answer'), ('rate_limited', 'too many requests'), ('not_configured', 'application refused'), ('suspended', 'requests suspended'), ('refused', 'request refused'), ('unreadable', 'answer not understood'), ('empty', 'empty answer'), ('disbanded', 'clan disbanded'), ('held_back', 'members missing'), ('internal', 'fault of this site')], db_default='', default='', max_length=20, verbose_name='trouble')),
                    ('unreadable', models.IntegerField(db_default=0, default=0, help_text='Of the answers of the last attempt; everything else in them was stored.', verbose_name='parts that could not be read')),
                    ('next_due_at', models.DateTimeField(blank=True, null=True, verbose_name='next due')),
                ],
                options={
                    'verbose_name': 'freshness',
                    'verbose_name_plural': 'freshness',
                    'ordering': ['clan', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('clan', 'section'), name='tanks_syncstatus_once_a_section')],
                },
            ),
            migrations.CreateModel(
                name='RealmEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='tanks.realm')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('name', models.CharField(help_text='Short: eu, na, asia.', max_length=40, verbose_name='name')),
                    ('url', models.CharField(max_length=200, validators=[tanks.models.realm.validate_address], verbose_name='address of the API')),
                ],
                options={
                    'default_permissions': (),
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_realm')],
                },
            ),
            migrations.CreateModel(
                name='PlayerEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='tanks.player')),
                    ('pgh_context', pghistory.utils.JSONField(null=True)),
                    ('account_id', models.BigIntegerField(verbose_name='account id')),
                    ('nickname', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='nickname')),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text="Whose account it is. Link it only when you know: it opens the clan's pages.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('shares_garage', models.BooleanField(db_default=False, default=False, editable=False, help_text='Others of the clan see which vehicles the token showed in the garage.', verbose_name='shares the garage')),
                ],
                options={
                    'default_permissions': (),
                    'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_player')],
                },
            ),
        ]),
        migrations.RunSQL(LINK_OF_PLAYER, "DROP FUNCTION tanks_player_link CASCADE"),
    ]
