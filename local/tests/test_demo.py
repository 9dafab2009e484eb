import os
import random
import stat
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db.models import Model
from django.utils import timezone
from pytest_django import Settings

from clans.models import Clan, ClanMembership, User
from local.demo import cast, community, story
from local.demo.replay import LIVELY_ROUNDS, replay
from local.demo.scenes import Theatre
from local.management.commands import demo_replay
from territory.adm.grammar import Header, is_full_id, parse_line
from territory.models import (
    Ban,
    Base,
    BasePermission,
    BaseRevision,
    GameServer,
    IdentityConflict,
    Infraction,
    ItemRule,
    Placement,
    PlayerIdentity,
    StaffImmunity,
)
from territory.services import deliveries, judging, logs

MODELS: tuple[type[Model], ...] = (
    User,
    Clan,
    ClanMembership,
    GameServer,
    ItemRule,
    StaffImmunity,
    Base,
    BasePermission,
    PlayerIdentity,
)


@pytest.fixture
def data_dir(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.DATA_DIR = tmp_path
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")  # the community's language is the terminal's, too
    return tmp_path


def make_community(data_dir: Path) -> None:
    """Make the community without its past."""
    community.create(data_dir, now=timezone.now())


def run_demo() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in MODELS}


def files(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text() for path in folder.rglob("*") if path.is_file()}


def play_and_judge(data_dir: Path, *, rounds: int) -> GameServer:
    replay(cast.log_folder(data_dir), pace=0, rounds=rounds, rng=random.Random(1), wait=lambda _seconds: None)
    server = GameServer.objects.get(slug=cast.SERVER)
    for source in server.log_sources.all():
        list(logs.follow_source(source))
    while judging.judge_due(server.pk, now=timezone.now()).judged:
        pass
    return server


def verdicts(placements: Iterable[Placement]) -> Counter[tuple[str, str]]:
    return Counter((one.rule, one.action) for one in placements)


# -- The community -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_demo_says_how_to_sign_in_and_is_made_once(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "DAYS", 0)
    said = run_demo()
    lines = cast.sign_in_lines(data_dir)

    assert all(line in said for line in lines)
    password = lines[0].split()[-1]
    for username, is_staff, is_superuser in [
        (cast.SUPERUSER, True, True),
        (cast.MODERATOR, True, False),
        (cast.MEMBER, False, False),
    ]:
        person = authenticate(username=username, password=password)
        assert isinstance(person, User)
        assert (person.is_staff, person.is_superuser) == (is_staff, is_superuser)
    assert stat.S_IMODE(cast.sign_in(data_dir).stat().st_mode) == 0o600
    before, written = counts(), files(data_dir)

    assert lines[0] in run_demo()
    assert (counts(), files(data_dir)) == (before, written)


@pytest.mark.django_db
@pytest.mark.parametrize("is_person", [True, False], ids=["a person", "a game server of that name"])
def test_demo_is_never_mixed_with_what_is_real(data_dir: Path, *, is_person: bool) -> None:
    if is_person:
        User.objects.create(username="alguem-de-verdade")
    else:
        GameServer.objects.create(slug=cast.SERVER)
    before = counts()

    run_demo()

    assert counts() == before
    assert not cast.folder(data_dir).exists()


@pytest.mark.django_db
def test_demo_rows_are_valid_and_their_rights_lie_in_the_past(data_dir: Path) -> None:
    make_community(data_dir)

    for model in MODELS:
        rows = list(model._default_manager.all())
        assert rows, model
        for row in rows:
            # The database makes the mark for "no password"; forms have fields of their own for it.
            row.full_clean(exclude=["password"])
    recent = timezone.now() - timedelta(days=5)
    assert not Base.objects.filter(registered_at__gt=recent).exists()
    assert not BasePermission.objects.filter(granted_at__gt=recent).exists()
    assert not ClanMembership.objects.filter(joined_at__gt=recent).exists()
    assert not BaseRevision.objects.exists()
    assert_people_of_every_sort()


def assert_people_of_every_sort() -> None:
    waiting = PlayerIdentity.objects.filter(user__isnull=False, player_id=None)

    assert waiting.count() >= 2
    assert PlayerIdentity.objects.filter(user=None).count() == 1
    assert not User.objects.get(username=cast.DISCORD_ONLY.username).has_usable_password()
    now = timezone.now()
    stays = Counter(ClanMembership.objects.filter(left_at=None, joined_at__lt=now).values_list("user"))
    assert max(stays.values()) == 2
    assert ClanMembership.objects.filter(left_at__lt=now).exists()
    moderator = User.objects.get(username=cast.MODERATOR)
    assert moderator.has_perm("territory.change_infraction")
    assert not moderator.has_perm("territory.change_gameserver")


# -- The game ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_game_shows_every_kind_of_verdict_and_spares_members_as_it_goes_on(data_dir: Path) -> None:
    make_community(data_dir)
    server = play_and_judge(data_dir, rounds=300)

    assert set(verdicts(Placement.objects.filter(server=server, state=Placement.State.JUDGED))) >= {
        ("owner", "none"),
        ("outside", "none"),
        ("immune", "none"),
        ("item_ignored", "none"),
        ("intruder", "ban"),
        ("intruder", "review"),
        ("item_forbidden", "ban"),
    }
    states = Counter(Placement.objects.filter(server=server).values_list("state", flat=True))
    assert states[Placement.State.UNUSABLE] == 1
    assert states[Placement.State.JUDGED] > 250
    assert not Infraction.objects.filter(user__isnull=False).exists()
    assert IdentityConflict.objects.get().gamertag == "Rafa Caatinga"

    applied = deliveries.deliver_due()[deliveries.State.APPLIED]
    assert applied == Ban.objects.count() > 5
    content = cast.ban_list(data_dir).read_text()
    assert content.startswith(community.FOREIGN_BANS)
    ours = content.removeprefix(community.FOREIGN_BANS).splitlines()
    assert {line.split()[0] for line in ours} == set(Ban.objects.values_list("player_id", flat=True))


@pytest.mark.parametrize("server", [cast.SERVER, cast.OBSERVED_SERVER])
@pytest.mark.parametrize("guilty", [0.0, 1.0], ids=["peaceful", "guilty"])
def test_scenes_have_a_few_lines_of_people_with_full_ids(server: str, guilty: float) -> None:
    platform = "xbox" if server == cast.SERVER else "playstation"
    theatre = Theatre(random.Random(7), server, platform)
    rounds = [theatre.round(guilty=guilty) for _ in range(300)]
    events = [parse_line(f"12:00:00 | {line}") for lines in rounds for line in lines]
    ids = [event.player_id for event in events if event and not isinstance(event, Header)]

    assert all(1 <= len(lines) <= 7 for lines in rounds)
    assert len(ids) > 300
    assert all(is_full_id(player_id or "") for player_id in ids)


def test_replay_stamps_lines_with_the_servers_present_time(tmp_path: Path) -> None:
    with time_machine.travel(datetime(2026, 9, 1, 22, 1, tzinfo=cast.TIME_ZONE), tick=False):
        replay(tmp_path, pace=0, rounds=1)

    path = tmp_path / "DayZServer_X1_x64_2026-09-01_22-01-00.ADM"
    opening = ["", "", "*" * 78, "AdminLog started on 2026-09-01 at 22:01:00"]
    lines = path.read_text().split("\n")
    assert lines[:4] == opening
    assert all(line.startswith("22:01:00 | ") for line in lines[4:-1])
    assert lines[-1] == ""


def test_replay_of_two_days_begins_a_file_each_hour_and_keeps_one_day(tmp_path: Path) -> None:
    begun: set[Path] = set()

    def pass_time(seconds: float) -> None:
        clock.shift(seconds)
        # The clock of the files' times does not travel.
        for path in sorted(tmp_path.glob("*.ADM"))[-1:]:
            os.utime(path, (time.time(), time.time()))
            begun.add(path)

    foreign = tmp_path / "notes.txt"
    foreign.write_text("kept")
    os.utime(foreign, (0, 0))
    with time_machine.travel(datetime(2026, 9, 1, 22, 1, tzinfo=cast.TIME_ZONE), tick=False) as clock:
        started = time.time()
        replay(
            tmp_path,
            rounds=LIVELY_ROUNDS + 60 * 47,
            rng=random.Random(3),
            wait=pass_time,
        )
        hours = (time.time() - started) / 3600

    assert 45 <= hours <= 50
    assert hours - 1 <= len(begun) <= hours + 1
    assert 23 <= len(list(tmp_path.glob("*.ADM"))) <= 26
    assert foreign.exists()


def test_demo_replay_goes_into_the_data_directory_until_it_is_interrupted(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path) -> None:
        assert folder == cast.log_folder(data_dir)
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_replay, "replay", interrupted)
    call_command("demo_replay")
