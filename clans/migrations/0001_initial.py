import clans.models.user
import datetime
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# What a trigger calls when a row that points to a person was written: the proven link beside it is made, renamed, given another
# key (a gamertag becomes known by its player id) or deleted. A person's own claim on the account is settled by it.
FOLLOW_POINTER = """
CREATE FUNCTION clans_follow_pointer(
    old_user bigint, old_kind text, old_key text, new_user bigint, new_kind text, new_key text, new_name text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF old_user IS NOT NULL AND old_user IS DISTINCT FROM new_user THEN
        DELETE FROM clans_accountlink
        WHERE user_id = old_user AND kind = old_kind AND key = old_key AND state = 'proven';
    ELSIF old_user IS NOT NULL THEN
        IF (old_kind, old_key) IS DISTINCT FROM (new_kind, new_key) THEN
            DELETE FROM clans_accountlink WHERE user_id = new_user AND kind = new_kind AND key = new_key;
        END IF;
        UPDATE clans_accountlink SET kind = new_kind, key = new_key, name = COALESCE(NULLIF(new_name, ''), name)
        WHERE user_id = old_user AND kind = old_kind AND key = old_key AND state = 'proven';
    END IF;
    IF new_user IS NOT NULL AND new_user IS DISTINCT FROM old_user THEN
        INSERT INTO clans_accountlink (user_id, kind, key, name, state, proof, decided_at)
        VALUES (new_user, new_kind, new_key, new_name, 'proven', 'entered', now())
        ON CONFLICT (user_id, kind, key) DO UPDATE
        SET state = 'proven', proof = 'entered', decided_at = now(), decided_by_id = NULL, note = '';
    END IF;
END $$;
"""
LINK_OF_DISCORD_ID = """
CREATE FUNCTION clans_user_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM clans_follow_pointer(
        CASE WHEN TG_OP = 'UPDATE' AND OLD.discord_id IS NOT NULL THEN OLD.id END, 'discord',
        CASE WHEN TG_OP = 'UPDATE' THEN OLD.discord_id END,
        CASE WHEN NEW.discord_id IS NOT NULL THEN NEW.id END, 'discord', NEW.discord_id, ''
    );
    RETURN NULL;
END $$;
CREATE TRIGGER clans_user_link_inserted AFTER INSERT ON clans_user FOR EACH ROW
    WHEN (NEW.discord_id IS NOT NULL) EXECUTE FUNCTION clans_user_link();
CREATE TRIGGER clans_user_link_changed AFTER UPDATE OF discord_id ON clans_user FOR EACH ROW
    WHEN (NEW.discord_id IS DISTINCT FROM OLD.discord_id) EXECUTE FUNCTION clans_user_link();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('face', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(error_messages={'unique': 'A person with that user name already exists.'}, max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='user name')),
                ('password', models.CharField(db_default='!', default='!', max_length=128, verbose_name='password')),
                ('display_name', models.CharField(blank=True, db_default='', default='', max_length=150, verbose_name='display name')),
                ('email', models.EmailField(blank=True, db_default='', default='', max_length=254, verbose_name='e-mail')),
                ('discord_id', models.CharField(blank=True, help_text='The number Discord gives an account.', max_length=32, null=True, unique=True, verbose_name='Discord id')),
                ('language', models.CharField(blank=True, choices=[('pt-br', 'Portuguese (Brazil)'), ('en', 'English')], db_default='', default='', max_length=10, verbose_name='language')),
                ('reads_connections', models.BooleanField(db_default=False, default=False, editable=False, help_text='Each sign-in with Discord reads which Xbox and Steam accounts are connected there.', verbose_name='reads Discord connections')),
                ('is_staff', models.BooleanField(db_default=False, default=False, help_text='May sign in to the admin.', verbose_name='staff')),
                ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                ('is_superuser', models.BooleanField(db_default=False, default=False, verbose_name='superuser')),
                ('date_joined', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='joined at')),
                ('erased_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='deleted at')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'constraints': [models.CheckConstraint(condition=models.Q(('discord_id__isnull', True), models.Q(('discord_id', ''), _negated=True), _connector='OR'), name='clans_user_discord_id_not_blank', violation_error_message='Leave the Discord id out rather than blank.')],
                'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_userevent" ("discord_id", "display_name", "email", "is_active", "is_staff", "is_superuser", "language", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reads_connections", "username") VALUES (NEW."discord_id", NEW."display_name", NEW."email", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."reads_connections", NEW."username"); RETURN NULL;', hash='2fb71437f617419571074d94732da7faffea4d95', operation='INSERT', pgid='pgtrigger_insert_insert_2be00', table='clans_user', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."discord_id" IS DISTINCT FROM (NEW."discord_id") OR OLD."display_name" IS DISTINCT FROM (NEW."display_name") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."reads_connections" IS DISTINCT FROM (NEW."reads_connections") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func='INSERT INTO "clans_userevent" ("discord_id", "display_name", "email", "is_active", "is_staff", "is_superuser", "language", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reads_connections", "username") VALUES (OLD."discord_id", OLD."display_name", OLD."email", OLD."is_active", OLD."is_staff", OLD."is_superuser", OLD."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."reads_connections", OLD."username"); RETURN NULL;', hash='f20804636ff90acf7dcec0b47c793285b31f8838', operation='UPDATE', pgid='pgtrigger_update_update_af55e', table='clans_user', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_userevent" ("discord_id", "display_name", "email", "is_active", "is_staff", "is_superuser", "language", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reads_connections", "username") VALUES (OLD."discord_id", OLD."display_name", OLD."email", OLD."is_active", OLD."is_staff", OLD."is_superuser", OLD."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."reads_connections", OLD."username"); RETURN NULL;', hash='0116162c93b36272d0c6096ad66e39830f1417a3', operation='DELETE', pgid='pgtrigger_delete_delete_b7af6', table='clans_user', when='AFTER'))],
            },
            managers=[
                ('objects', clans.models.user.PersonManager()),
            ],
        ),
        migrations.CreateModel(
            name='Clan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('tag', models.CharField(blank=True, db_default='', default='', max_length=16, verbose_name='tag')),
                ('origin', models.CharField(blank=True, db_default='', default='', editable=False, max_length=80, verbose_name='origin')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('founded_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='founded by')),
            ],
            options={
                'verbose_name': 'clan',
                'verbose_name_plural': 'clans',
                'ordering': ['name', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('origin', '')), fields=('name',), name='clans_clan_name_once', violation_error_message='A clan with that name already exists.')],
                'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_clanevent" ("founded_by_id", "name", "origin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "tag") VALUES (NEW."founded_by_id", NEW."name", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."tag"); RETURN NULL;', hash='eb81a76eab66e3955ef951517ab8ed914d384e7e', operation='INSERT', pgid='pgtrigger_insert_insert_c8446', table='clans_clan', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."founded_by_id" IS DISTINCT FROM (NEW."founded_by_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."tag" IS DISTINCT FROM (NEW."tag"))', func='INSERT INTO "clans_clanevent" ("founded_by_id", "name", "origin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "tag") VALUES (OLD."founded_by_id", OLD."name", OLD."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."tag"); RETURN NULL;', hash='1d50dbba4679ca2201b3a27bd0baa8c8d5a5939f', operation='UPDATE', pgid='pgtrigger_update_update_f4379', table='clans_clan', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_clanevent" ("founded_by_id", "name", "origin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "tag") VALUES (OLD."founded_by_id", OLD."name", OLD."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."tag"); RETURN NULL;', hash='4926c94a9e308d52249c3f8ea87d64558690cba3', operation='DELETE', pgid='pgtrigger_delete_delete_0c9b0', table='clans_clan', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='ClanMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='clans.clan', verbose_name='clan')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clan_memberships', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('role', models.CharField(choices=[('member', 'member'), ('commander', 'commander')], db_default='member', default='member', max_length=16, verbose_name='role')),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='joined at')),
                ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='left at')),
                ('follows_game', models.BooleanField(db_default=False, default=False, editable=False, help_text="It began because the person's player joined the clan in the game, and ends when that one leaves.", verbose_name='follows the game')),
                ('role_by_hand', models.BooleanField(db_default=False, default=False, help_text='The role stays as it is, whatever role the player has in the game.', verbose_name='role given by hand')),
            ],
            options={
                'verbose_name': 'clan membership',
                'verbose_name_plural': 'clan memberships',
                'ordering': ['clan', 'user', 'joined_at'],
                'indexes': [models.Index(fields=['user', 'clan'], name='clans_membership_user_clan')],
                'constraints': [models.CheckConstraint(condition=models.Q(('left_at__isnull', True), ('left_at__gte', models.F('joined_at')), _connector='OR'), name='clans_clanmembership_leaves_after_joining', violation_error_message='A member cannot leave before joining.'), models.CheckConstraint(condition=models.Q(('left_at__isnull', True), ('left_at__lt', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), _connector='OR'), name='clans_clanmembership_left_in_time', violation_error_message='Leave the end blank, or name one before the year 2200.'), models.UniqueConstraint(condition=models.Q(('left_at__isnull', True)), fields=('clan', 'user'), name='clans_clanmembership_one_open_stay', violation_error_message='This person is already a member of the clan.')],
                'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_clanmembershipevent" ("clan_id", "follows_game", "joined_at", "left_at", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "role_by_hand", "user_id") VALUES (NEW."clan_id", NEW."follows_game", NEW."joined_at", NEW."left_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."role", NEW."role_by_hand", NEW."user_id"); RETURN NULL;', hash='b33de917f1fc8f1e8c7e04ac649e3a0fb481de63', operation='INSERT', pgid='pgtrigger_insert_insert_ea392', table='clans_clanmembership', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."clan_id" IS DISTINCT FROM (NEW."clan_id") OR OLD."follows_game" IS DISTINCT FROM (NEW."follows_game") OR OLD."joined_at" IS DISTINCT FROM (NEW."joined_at") OR OLD."left_at" IS DISTINCT FROM (NEW."left_at") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."role_by_hand" IS DISTINCT FROM (NEW."role_by_hand") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "clans_clanmembershipevent" ("clan_id", "follows_game", "joined_at", "left_at", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "role_by_hand", "user_id") VALUES (OLD."clan_id", OLD."follows_game", OLD."joined_at", OLD."left_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."role", OLD."role_by_hand", OLD."user_id"); RETURN NULL;', hash='cc85e6e602cb51cfdd11fdce5cb616fe422245fa', operation='UPDATE', pgid='pgtrigger_update_update_4b459', table='clans_clanmembership', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_clanmembershipevent" ("clan_id", "follows_game", "joined_at", "left_at", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "role_by_hand", "user_id") VALUES (OLD."clan_id", OLD."follows_game", OLD."joined_at", OLD."left_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."role", OLD."role_by_hand", OLD."user_id"); RETURN NULL;', hash='c8354e841e3ae6dde4b9a035fd1b19e1b68feef8', operation='DELETE', pgid='pgtrigger_delete_delete_ce31c', table='clans_clanmembership', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='ClanInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='clans.clan', verbose_name='clan')),
                ('person', models.ForeignKey(blank=True, help_text='Blank: whoever opens the link first.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='clan_invitations', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('token_hash', models.CharField(blank=True, editable=False, max_length=64, null=True, unique=True)),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='created at')),
                ('expires_at', models.DateTimeField(verbose_name='ends at')),
                ('accepted_at', models.DateTimeField(blank=True, null=True, verbose_name='accepted at')),
                ('accepted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accepted by')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back at')),
            ],
            options={
                'verbose_name': 'invitation to a clan',
                'verbose_name_plural': 'invitations to clans',
                'ordering': ['-created_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', False), ('token_hash__isnull', True)), models.Q(('person__isnull', True), ('token_hash__isnull', False)), _connector='OR'), name='clans_claninvitation_person_or_link')],
            },
        ),
        migrations.CreateModel(
            name='AccountLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='account_links', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('kind', models.CharField(choices=[('discord', 'Discord account'), ('wargaming', 'Wargaming account'), ('steam', 'Steam account'), ('xbox', 'Xbox account'), ('gamertag', 'gamertag'), ('player_id', 'player id')], max_length=16, verbose_name='kind')),
                ('key', models.CharField(max_length=200, verbose_name='key')),
                ('name', models.CharField(blank=True, db_default='', default='', max_length=150, verbose_name='name')),
                ('xuid', models.CharField(blank=True, db_default='', default='', max_length=32, verbose_name='XUID')),
                ('state', models.CharField(choices=[('claimed', 'claimed'), ('proven', 'proven'), ('disputed', 'disputed'), ('refused', 'refused')], db_default='claimed', default='claimed', max_length=16, verbose_name='state')),
                ('proof', models.CharField(blank=True, choices=[('', 'nothing yet'), ('entered', 'entered by hand or moved in'), ('staff', 'confirmed by staff'), ('commander', 'confirmed by a commander'), ('oauth', 'signed in with it'), ('wargaming', 'signed in at Wargaming'), ('hash', 'computed from the Steam account')], db_default='', default='', max_length=16, verbose_name='proof')),
                ('note', models.TextField(blank=True, db_default='', default='', verbose_name='note')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='created at')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
            ],
            options={
                'verbose_name': 'account link',
                'verbose_name_plural': 'account links',
                'ordering': ['created_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('state__in', ['claimed', 'disputed'])), fields=['kind', 'created_at'], name='clans_accountlink_waiting')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'proven')), fields=('kind', 'key'), name='clans_accountlink_one_owner', violation_error_message='This account belongs to somebody else.'), models.UniqueConstraint(fields=('user', 'kind', 'key'), name='clans_accountlink_once_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'claimed')), models.Q(('decided_at__isnull', False), ('state', 'refused')), models.Q(('decided_at__isnull', False), ('state__in', ['proven', 'disputed']), models.Q(('proof', ''), _negated=True)), _connector='OR'), name='clans_accountlink_decided'), models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='clans_accountlink_has_key')],
                'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_accountlinkevent" ("decided_at", "decided_by_id", "key", "kind", "name", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "state", "user_id", "xuid") VALUES (NEW."decided_at", NEW."decided_by_id", NEW."key", NEW."kind", NEW."name", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."proof", NEW."state", NEW."user_id", NEW."xuid"); RETURN NULL;', hash='3c629287341926c17af1db9c51cdca77fa639ef4', operation='INSERT', pgid='pgtrigger_insert_insert_6e167', table='clans_accountlink', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."proof" IS DISTINCT FROM (NEW."proof") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."xuid" IS DISTINCT FROM (NEW."xuid"))', func='INSERT INTO "clans_accountlinkevent" ("decided_at", "decided_by_id", "key", "kind", "name", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "state", "user_id", "xuid") VALUES (OLD."decided_at", OLD."decided_by_id", OLD."key", OLD."kind", OLD."name", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."proof", OLD."state", OLD."user_id", OLD."xuid"); RETURN NULL;', hash='1f4475c47d73617c6d437c895e46fcf9c8a49511', operation='UPDATE', pgid='pgtrigger_update_update_61d36', table='clans_accountlink', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_accountlinkevent" ("decided_at", "decided_by_id", "key", "kind", "name", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "state", "user_id", "xuid") VALUES (OLD."decided_at", OLD."decided_by_id", OLD."key", OLD."kind", OLD."name", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."proof", OLD."state", OLD."user_id", OLD."xuid"); RETURN NULL;', hash='c27ac510f4ab3ed774f4364a1feb9a751b942507', operation='DELETE', pgid='pgtrigger_delete_delete_8bb22', table='clans_accountlink', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='GroupOfUser',
            fields=[
            ],
            options={
                'verbose_name': 'person in a group',
                'proxy': True,
                'default_permissions': (),
            },
            bases=('clans.user_groups',),
        ),
        migrations.CreateModel(
            name='RightOfUser',
            fields=[
            ],
            options={
                'verbose_name': 'right of a person',
                'proxy': True,
                'default_permissions': (),
            },
            bases=('clans.user_user_permissions',),
        ),
        migrations.CreateModel(
            name='RightOfGroup',
            fields=[
            ],
            options={
                'verbose_name': 'right of a group',
                'proxy': True,
                'default_permissions': (),
            },
            bases=('auth.group_permissions',),
        ),
        migrations.CreateModel(
            name='ClanEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.clan')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('tag', models.CharField(blank=True, db_default='', default='', max_length=16, verbose_name='tag')),
                ('origin', models.CharField(blank=True, db_default='', default='', editable=False, max_length=80, verbose_name='origin')),
                ('founded_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='founded by')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_clan')],
            },
        ),
        migrations.CreateModel(
            name='ClanMembershipEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.clanmembership')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('clan', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.clan', verbose_name='clan')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('role', models.CharField(choices=[('member', 'member'), ('commander', 'commander')], db_default='member', default='member', max_length=16, verbose_name='role')),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='joined at')),
                ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='left at')),
                ('follows_game', models.BooleanField(db_default=False, default=False, editable=False, help_text="It began because the person's player joined the clan in the game, and ends when that one leaves.", verbose_name='follows the game')),
                ('role_by_hand', models.BooleanField(db_default=False, default=False, help_text='The role stays as it is, whatever role the player has in the game.', verbose_name='role given by hand')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_clanmembership')],
            },
        ),
        migrations.CreateModel(
            name='AccountLinkEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.accountlink')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('kind', models.CharField(choices=[('discord', 'Discord account'), ('wargaming', 'Wargaming account'), ('steam', 'Steam account'), ('xbox', 'Xbox account'), ('gamertag', 'gamertag'), ('player_id', 'player id')], max_length=16, verbose_name='kind')),
                ('key', models.CharField(max_length=200, verbose_name='key')),
                ('name', models.CharField(blank=True, db_default='', default='', max_length=150, verbose_name='name')),
                ('xuid', models.CharField(blank=True, db_default='', default='', max_length=32, verbose_name='XUID')),
                ('state', models.CharField(choices=[('claimed', 'claimed'), ('proven', 'proven'), ('disputed', 'disputed'), ('refused', 'refused')], db_default='claimed', default='claimed', max_length=16, verbose_name='state')),
                ('proof', models.CharField(blank=True, choices=[('', 'nothing yet'), ('entered', 'entered by hand or moved in'), ('staff', 'confirmed by staff'), ('commander', 'confirmed by a commander'), ('oauth', 'signed in with it'), ('wargaming', 'signed in at Wargaming'), ('hash', 'computed from the Steam account')], db_default='', default='', max_length=16, verbose_name='proof')),
                ('note', models.TextField(blank=True, db_default='', default='', verbose_name='note')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('decided_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_accountlink')],
            },
        ),
        migrations.CreateModel(
            name='UserEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('username', models.CharField(error_messages={'unique': 'A person with that user name already exists.'}, max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='user name')),
                ('display_name', models.CharField(blank=True, db_default='', default='', max_length=150, verbose_name='display name')),
                ('email', models.EmailField(blank=True, db_default='', default='', max_length=254, verbose_name='e-mail')),
                ('discord_id', models.CharField(blank=True, help_text='The number Discord gives an account.', max_length=32, null=True, verbose_name='Discord id')),
                ('language', models.CharField(blank=True, choices=[('pt-br', 'Portuguese (Brazil)'), ('en', 'English')], db_default='', default='', max_length=10, verbose_name='language')),
                ('reads_connections', models.BooleanField(db_default=False, default=False, editable=False, help_text='Each sign-in with Discord reads which Xbox and Steam accounts are connected there.', verbose_name='reads Discord connections')),
                ('is_staff', models.BooleanField(db_default=False, default=False, help_text='May sign in to the admin.', verbose_name='staff')),
                ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                ('is_superuser', models.BooleanField(db_default=False, default=False, verbose_name='superuser')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_user')],
            },
        ),
        migrations.CreateModel(
            name='GroupOfUserEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.groupofuser')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(db_constraint=False, db_index=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='auth.group')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_groupofuser')],
            },
        ),
        migrations.CreateModel(
            name='RightOfUserEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.rightofuser')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('permission', models.ForeignKey(db_constraint=False, db_index=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='auth.permission')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_rightofuser')],
            },
        ),
        migrations.CreateModel(
            name='RightOfGroupEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigIntegerField(db_default=models.Func(function='nextval', template="nextval('audit_event')"), default=None, primary_key=True, serialize=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clans.rightofgroup')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('group', models.ForeignKey(db_constraint=False, db_index=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='auth.group')),
                ('permission', models.ForeignKey(db_constraint=False, db_index=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='auth.permission')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='audit_rightofgroup')],
            },
        ),
        # A proxy makes no table, and so none of the triggers that its options would name.
        pgtrigger.migrations.AddTrigger(
            model_name='groupofuser',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_groupofuserevent" ("group_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."group_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;', hash='3ff93a3dc4c48d615d42204560a96103c6211001', operation='INSERT', pgid='pgtrigger_insert_insert_e8b60', table='clans_user_groups', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='groupofuser',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."group_id" IS DISTINCT FROM (NEW."group_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "clans_groupofuserevent" ("group_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."group_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."user_id"); RETURN NULL;', hash='ce7bd0a6f5165ba4e04cb950e7a51378d12b677e', operation='UPDATE', pgid='pgtrigger_update_update_59054', table='clans_user_groups', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='groupofuser',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_groupofuserevent" ("group_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."group_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;', hash='375f3ad14c8cfca77f82dc280a5940ba7d19a340', operation='DELETE', pgid='pgtrigger_delete_delete_4f37e', table='clans_user_groups', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rightofuser',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_rightofuserevent" ("permission_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."permission_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;', hash='a457a19f75008c02f50eda178db22f36c048e363', operation='INSERT', pgid='pgtrigger_insert_insert_29444', table='clans_user_user_permissions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rightofuser',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."permission_id" IS DISTINCT FROM (NEW."permission_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "clans_rightofuserevent" ("permission_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."permission_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."user_id"); RETURN NULL;', hash='c59f48ef891bd084f2b2b33dd64a04069f4cac01', operation='UPDATE', pgid='pgtrigger_update_update_0f43b', table='clans_user_user_permissions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rightofuser',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_rightofuserevent" ("permission_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."permission_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;', hash='d2433e85ba67ad414f02ac65b428f99e8f0a4ab1', operation='DELETE', pgid='pgtrigger_delete_delete_5cb33', table='clans_user_user_permissions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rightofgroup',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_rightofgroupevent" ("group_id", "permission_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."group_id", NEW."permission_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='bde0f30712ef20e461d72eff35f1d2634c2a5a5d', operation='INSERT', pgid='pgtrigger_insert_insert_f57dc', table='auth_group_permissions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rightofgroup',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."group_id" IS DISTINCT FROM (NEW."group_id") OR OLD."permission_id" IS DISTINCT FROM (NEW."permission_id"))', func='INSERT INTO "clans_rightofgroupevent" ("group_id", "permission_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."group_id", OLD."permission_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id"); RETURN NULL;', hash='d20f6f42d1a7f9ddcf7a61a25dcad41bc094fd13', operation='UPDATE', pgid='pgtrigger_update_update_d1a6a', table='auth_group_permissions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rightofgroup',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clans_rightofgroupevent" ("group_id", "permission_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."group_id", OLD."permission_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='a74b65fad8dd6f5c6fb5aec81b6cd57a9a451de7', operation='DELETE', pgid='pgtrigger_delete_delete_464b7', table='auth_group_permissions', when='AFTER')),
        ),
        migrations.RunSQL(FOLLOW_POINTER, "DROP FUNCTION clans_follow_pointer"),
        migrations.RunSQL(LINK_OF_DISCORD_ID, "DROP FUNCTION clans_user_link CASCADE"),
    ]
