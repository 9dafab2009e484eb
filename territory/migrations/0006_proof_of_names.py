"""Names folded by the database, when a person was linked, acts seen through two sources, and sources dated wrongly."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
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
# In the database, so that the admin, imports and plain SQL all leave the same trace.
LINKED_AT = """
CREATE FUNCTION territory_playeridentity_linked_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id IS NULL THEN
        NEW.linked_at := NULL;
    ELSIF TG_OP = 'INSERT' THEN
        NEW.linked_at := COALESCE(NEW.linked_at, NEW.created_at);
    ELSIF NEW.user_id IS DISTINCT FROM OLD.user_id THEN
        NEW.linked_at := now();
    ELSE
        NEW.linked_at := COALESCE(NEW.linked_at, OLD.linked_at);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER territory_playeridentity_linked_at BEFORE INSERT OR UPDATE OF user_id, linked_at
    ON territory_playeridentity FOR EACH ROW EXECUTE FUNCTION territory_playeridentity_linked_at();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('territory', '0005_immunity_in_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FOLDING),
        migrations.CreateModel(
            name='BanExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('extended_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='extended at')),
                ('ended_at', models.DateTimeField(verbose_name='would have ended at')),
                ('ends_at', models.DateTimeField(help_text='Blank: permanent.', null=True, verbose_name='ends at')),
                ('reason', models.TextField(verbose_name='reason')),
            ],
            options={
                'verbose_name': 'extension of a ban',
                'verbose_name_plural': 'extensions of bans',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='SenderClock',
            fields=[
                ('server', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='sender_clock', serialize=False, to='territory.gameserver', verbose_name='game server')),
                ('lags', models.JSONField(default=list, verbose_name='lags')),
                ('clock_shift_min', models.SmallIntegerField(db_default=0, default=0, verbose_name='clock wrong by (min)')),
            ],
            options={
                'verbose_name': "sender's clock",
                'verbose_name_plural': "senders' clocks",
            },
        ),
        migrations.RemoveConstraint(
            model_name='playeridentity',
            name='territory_playeridentity_one_waiting',
        ),
        migrations.RemoveIndex(
            model_name='playeridentity',
            name='territory_identity_gamertag',
        ),
        migrations.AddField(
            model_name='gameserver',
            name='platform',
            field=models.CharField(blank=True, choices=[('', 'unknown'), ('xbox', 'Xbox'), ('playstation', 'PlayStation'), ('pc', 'PC')], db_default='', default='', help_text='On consoles a gamertag names one player. On PC anybody may take any name: there only a proven player id counts. While it is unknown, names prove something for Xbox players alone, whose ids nobody else has.', max_length=16, verbose_name='platform'),
        ),
        migrations.AddField(
            model_name='logfile',
            name='clock_shift_min',
            field=models.SmallIntegerField(db_default=0, default=0, help_text="0: the log's last line fits the file's time.", verbose_name='clock wrong by (min)'),
        ),
        migrations.AddField(
            model_name='logfile',
            name='last_placement_at',
            field=models.DateTimeField(null=True, verbose_name='last placement'),
        ),
        migrations.AddField(
            model_name='logfile',
            name='players_since',
            field=models.DateTimeField(null=True, verbose_name='first player seen'),
        ),
        migrations.AddField(
            model_name='logfile',
            name='players_until',
            field=models.DateTimeField(null=True, verbose_name='last player seen'),
        ),
        migrations.AddField(
            model_name='placement',
            name='act_key',
            field=models.UUIDField(editable=False, null=True, verbose_name='key of the act'),
        ),
        migrations.AddField(
            model_name='placement',
            name='clock_shift_min',
            field=models.SmallIntegerField(db_default=0, default=0, help_text='How far the source seems to be dated wrongly. Other than 0: staff decide.', verbose_name='clock wrong by (min)'),
        ),
        migrations.AddField(
            model_name='playeridentity',
            name='gamertag_joined',
            field=models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_joined'), output_field=models.TextField()),
        ),
        migrations.AddField(
            model_name='playeridentity',
            name='gamertag_key',
            field=models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_key'), output_field=models.TextField()),
        ),
        migrations.AddField(
            model_name='playeridentity',
            name='gamertag_stem',
            field=models.GeneratedField(db_persist=True, expression=models.Func('gamertag', function='territory_gamertag_stem'), output_field=models.TextField()),
        ),
        migrations.AddField(
            model_name='playeridentity',
            name='linked_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='linked at'),
        ),
        migrations.AddIndex(
            model_name='placement',
            index=models.Index(fields=['act_key'], name='territory_placement_act'),
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
        migrations.AddField(
            model_name='banextension',
            name='ban',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extensions', to='territory.ban', verbose_name='ban'),
        ),
        migrations.RunSQL(LINKED_AT),
    ]
