"""Activity of the log: each line one row, with the base and the right at the act, and never judged."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from territory.models import Activity, Alarm, Base, GameServer, LogFile, Placement
from territory.services.logs import import_file
from territory.tests.factories import (
    join,
    make_base,
    make_clan,
    make_player,
    make_server,
    permit,
    player_id,
)
from territory.tests.logs import append, follow, header, line

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
Standing = Activity.Standing
IN_BASE, OUTSIDE = "5045.0, 3000.0, 12.6", "9000.0, 9000.0, 12.6"


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    return make_server(log_folder=str(tmp_path), time_zone="UTC")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "DayZServer.ADM"


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_player("Dona"), registered_at=LONG_AGO)


def did(time: str, gamertag: str, tail: str, pos: str = IN_BASE) -> str:
    return f'{time} | Player "{gamertag}" (id={player_id(gamertag)} pos=<{pos}>){tail}'


def today(*lines: str) -> list[str]:
    """The lines of a boot that began an hour ago; `{}` is a moment of now."""
    now = timezone.now()
    return [
        header(f"{now - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"),
        *(one.replace("HH:MM:SS", f"{now:%H:%M:%S}") for one in lines),
    ]


# -- What is read -------------------------------------------------------------------------------------------------


READ = [
    ("Dismantled Upper Frame from Fence with Hatchet", ("dismantled", "Upper Frame", "Fence")),
    ("Dismantled Нижняя деревянная стена from Ворота with Топорик", ("dismantled", "Нижняя деревянная стена", "Ворота")),
    (" destroyed Gate with $UNT$Chainsaw", ("destroyed", "", "Gate")),
    (" destroyed combination lock with Hacksaw", ("destroyed", "", "combination lock")),
    (" folded Fence", ("folded", "", "Fence")),
    (" folded Площадка для укрытия", ("folded", "", "Площадка для укрытия")),
    (" packed Автомобильная палатка with Hands ", ("packed", "", "Автомобильная палатка")),
    (" re-packed Car Tent with Hands ", ("packed", "", "Car Tent")),
    (" repaired Fence with Hatchet", ("repaired", "", "Fence")),
    ("Player SurvivorBase<fd90f9a0> Mounted BarbedWire on Fence", ("mounted", "BarbedWire", "Fence")),
    ("Player SurvivorBase<752eafd0> Unmounted BarbedWire from Fence", ("unmounted", "BarbedWire", "Fence")),
    ("Player SurvivorBase<752eafd0> Dug in SeaChest<0a1b> at position {<1.0, 2.0, 3.0>}", ("dug_in", "SeaChest", "")),
    ("Player SurvivorBase<752eafd0> Dug out UndergroundStash<0a1b> at position {<1.0, 2.0, 3.0>}", ("dug_out", "UndergroundStash", "")),
    (" has raised Flag_Livonia on TerritoryFlag at <2991.5, 447.9, 1138.5>", ("flag_raised", "Flag_Livonia", "TerritoryFlag")),
    (" has lowered Flag_Livonia on TerritoryFlag at <2991.5, 447.9, 1138.5>", ("flag_lowered", "Flag_Livonia", "TerritoryFlag")),
]  # fmt: skip


def test_lines_become_activities(server: GameServer, log: Path) -> None:
    lines = [did(f"19:01:{second:02}", "A", tail) for second, (tail, _words) in enumerate(READ)]
    append(log, header("2026-02-07 19:00:00"), *lines)
    follow(server)
    stored = list(Activity.objects.order_by("occurred_at"))
    assert [(one.kind, one.item, one.display) for one in stored] == [words for _tail, words in READ]
    first = stored[0]
    assert (first.gamertag, first.player_id, first.x, first.z) == ("A", player_id("A"), 5045.0, 3000.0)
    assert first.occurred_at == datetime(2026, 2, 7, 19, 1, tzinfo=UTC)
    assert not Placement.objects.exists()


SHORT_ID = '19:01:00 | Player "A" (id=ERROR pos=<5045.0, 3000.0, 12.6>) folded Fence'
TWO_IN_ONE = f'19:01:00 | Player "A" (id={player_id("A")} pos=<1, 2, 3>) pla19:01:00 | Player "B" (id={player_id("B")} pos=<1, 2, 3>) folded Fence'


def test_other_lines_and_those_without_a_date_are_no_activity(
    server: GameServer, log: Path, tmp_path: Path
) -> None:
    others = [
        line("19:01:00", "A"),
        did("19:01:00", "A", "Built base on Fence with Farming Hoe"),
        did("19:01:00", "A", ""),
        did("19:01:00", "A", " is connected"),
        did("19:01:00", "A", " performed EmoteSitA"),
        did("19:01:00", "A", " folded Fence", pos="-340282346638528859811704183484516925440.0, 3000.0, 1.0"),
        did("19:01:00", "A", " folded Fence", pos="99999.0, 3000.0, 1.0"),
        SHORT_ID,
        TWO_IN_ONE,
        '19:01:00 | Player "A" folded Fence',
    ]
    append(log, header("2026-02-07 19:00:00"), *others)
    append(tmp_path / "undated.ADM", did("19:01:00", "A", " folded Fence"))
    append(tmp_path / "former.ADM", header("1999-02-07 19:00:00"), did("19:01:00", "A", " folded Fence"))
    follow(server)
    assert not Activity.objects.exists()


def test_a_line_is_one_row_however_often_it_is_read(server: GameServer, log: Path, tmp_path: Path) -> None:
    lines = [header("2026-02-07 19:00:00"), did("19:01:00", "A", " folded Fence"), line("19:02:00", "A"),
             did("19:03:00", "A", " folded Fence"), did("19:03:00", "B", " folded Fence")]  # fmt: skip
    append(log, *lines)
    append(tmp_path / "copy.ADM", *lines, end="\r\n")
    follow(server)
    import_file(server, log)
    LogFile.objects.all().delete()
    follow(server)
    assert Activity.objects.count() == 3


def test_activities_move_with_the_offset_of_the_log(
    server: GameServer, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, header("2026-02-07 19:00:00"))
    follow(server)
    append(log, did("19:01:00", "A", " folded Fence"), line("19:02:00", "A"))
    with monkeypatch.context() as patch:
        patch.setattr(LogFile, "save", lambda *_args, **_given: 1 / 0)
        follow(server)
    assert (Activity.objects.count(), Placement.objects.count()) == (0, 0)
    follow(server)
    assert (Activity.objects.count(), Placement.objects.count()) == (1, 1)


# -- Whose base, and with which right -----------------------------------------------------------------------------


def test_standing_of_owner_friend_mate_staff_and_stranger(server: GameServer, log: Path, base: Base) -> None:
    clan = make_clan()
    friend, mate, staff = (make_player(name) for name in ("Amiga", "Colega", "Equipe"))
    Base.objects.filter(pk=base.pk).update(clan=clan, changed_at=None)
    permit(base, friend)
    join(clan, mate)
    server.immunities.create(user=staff, granted_at=LONG_AGO)
    everybody = ["Dona", "Amiga", "Colega", "Equipe", "Estranha"]
    append(log, header("2026-02-07 19:00:00"), *(did("19:01:00", one, " folded Fence") for one in everybody))
    follow(server)
    rows = {one.gamertag: (one.standing, one.base_id, one.user_id) for one in Activity.objects.all()}
    assert rows == {
        "Dona": (Standing.OWNER, base.pk, base.owner_id),
        "Amiga": (Standing.PERMISSION, base.pk, friend.pk),
        "Colega": (Standing.CLAN, base.pk, mate.pk),
        "Equipe": (Standing.IMMUNE, base.pk, staff.pk),
        "Estranha": (Standing.STRANGER, base.pk, None),
    }


def test_outside_every_base_and_where_one_was_registered_later(server: GameServer, log: Path) -> None:
    make_base(server, make_player("Dona"), registered_at=datetime(2026, 2, 7, 19, 2, tzinfo=UTC))
    places = (IN_BASE, OUTSIDE)
    append(log, header("2026-02-07 19:00:00"), *(did("19:01:00", "X", " folded Fence", at) for at in places))
    follow(server)
    stored = Activity.objects.all()
    assert [(one.standing, one.base_id) for one in stored] == [(Standing.OUTSIDE, None)] * 2


def test_a_name_that_proves_nothing_is_not_certain(server: GameServer, log: Path, base: Base) -> None:
    identity = base.owner.player_identities.get()
    identity.player_id = player_id("another")
    identity.save()
    append(log, *today(did("HH:MM:SS", "Dona", " folded Fence")))
    follow(server)
    assert Activity.objects.values_list("standing", "base").get() == (Standing.DISPUTED, base.pk)
    assert not Alarm.objects.exists()


def test_the_number_of_queries_does_not_grow(server: GameServer, log: Path, base: Base) -> None:
    def queries(*lines: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            append(log, *lines)
            follow(server)
        return len(captured)

    queries(*today(did("HH:MM:SS", "P", " folded Fence")))
    few, many = (
        [*today(*(did("HH:MM:SS", f"{count}-{n}", " folded Fence") for n in range(count)))][1:]
        for count in (2, 40)
    )
    assert queries(*few) == queries(*many)


# -- Alarms -------------------------------------------------------------------------------------------------------


def test_a_stranger_raises_an_alarm_and_friends_never(server: GameServer, log: Path, base: Base) -> None:
    permit(base, make_player("Amiga"))
    lines = [did("HH:MM:SS", one, " folded Fence") for one in ("Dona", "Amiga", "Estranha")]
    append(log, *today(*lines, did("HH:MM:SS", "Longe", " folded Fence", OUTSIDE)))
    follow(server)
    [alarm] = Alarm.objects.all()
    assert (alarm.gamertag, alarm.base, alarm.activities, alarm.invasions) == ("Estranha", base, 1, 0)


def test_old_logs_alarm_nobody(server: GameServer, log: Path, base: Base) -> None:
    append(log, header("2026-02-07 19:00:00"), did("19:01:00", "Estranha", " folded Fence"))
    follow(server)
    assert Activity.objects.get().standing == Standing.STRANGER
    assert not Alarm.objects.exists()
