"""Alarms: ten minutes of one player in one base are one, friends and muted ones are none, and no place is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.models import Announcement, Channel
from announcements.tests.factories import make_channel
from clans.models import Clan
from common.errors import NotPossibleError
from territory.models import Alarm, AlarmMute, Base, GameServer, PlayerIdentity
from territory.services import alarms
from territory.services.alarms import ForeignAct, raise_alarms
from territory.tests.factories import (
    NOW,
    incoming,
    judge,
    make_base,
    make_clan,
    make_player,
    make_server,
    make_user,
    permit,
    player_id,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> GameServer:
    return make_server(name="Chernarus 1")


@pytest.fixture
def clan() -> Clan:
    return make_clan("TXS")


@pytest.fixture
def base(server: GameServer, clan: Clan) -> Base:
    return make_base(server, make_player("Dona"), clan=clan, alarms_discord=True, name="Toca")


@pytest.fixture
def channel(clan: Clan) -> Channel:
    return make_channel("txs", audience="clan", clan=clan)


def act(
    base: Base, minutes: float = 0, gamertag: str = "Estranha", *, is_invasion: bool = False
) -> ForeignAct:
    """An act that many minutes before NOW."""
    at = NOW - timedelta(minutes=minutes)
    return ForeignAct(base.pk, player_id(gamertag), gamertag, at, is_invasion=is_invasion)


def raised(base: Base, *acts: ForeignAct) -> int:
    return raise_alarms(base.server, acts, now=NOW)


def messages() -> list[dict[str, Any]]:
    return [one.message for one in Announcement.objects.order_by("pk")]


# -- What is one alarm ----------------------------------------------------------------------------------------------


def test_ten_acts_within_ten_minutes_are_one_message(base: Base, channel: Channel) -> None:
    for minutes in range(9, -1, -1):
        raised(base, act(base, minutes))
    alarm = Alarm.objects.get()
    assert (alarm.activities, alarm.last_at - alarm.began_at) == (10, timedelta(minutes=9))
    [message] = messages()
    assert "10" in str(message)


def test_acts_that_come_at_once_or_out_of_order_are_one_too(base: Base, channel: Channel) -> None:
    raised(base, *(act(base, minutes) for minutes in (3, 9, 0)))
    raised(base, act(base, 12), act(base, 5, is_invasion=True))
    alarm = Alarm.objects.get()
    assert (alarm.activities, alarm.invasions) == (4, 1)
    assert Announcement.objects.count() == 1


def test_windows_do_not_chain_and_each_player_and_base_has_an_own(
    base: Base, channel: Channel, server: GameServer
) -> None:
    other = make_base(server, base.owner, x=9000.0, name="Outra")
    raised(base, *(act(base, minutes) for minutes in (24, 16, 8, 0)))
    raised(base, act(base, 24, "Outro"), act(other, 24))
    assert sorted(Alarm.objects.values_list("base", "activities")) == sorted(
        [(base.pk, 2), (base.pk, 2), (base.pk, 1), (other.pk, 1)]
    )


def test_what_is_too_old_or_dated_ahead_alarms_nobody(base: Base) -> None:
    raised(base, act(base, 24 * 60 + 1), act(base, -11))
    assert not Alarm.objects.exists()


# -- Who hears it ---------------------------------------------------------------------------------------------------


def test_the_message_names_base_and_player_and_no_place(base: Base, channel: Channel) -> None:
    raised(base, act(base, gamertag="@everyone *x*", is_invasion=True))
    [message] = messages()
    text = " ".join([message["title"], *(field["value"] for field in message["fields"])])
    assert "Toca" in text
    assert "\\*x\\*" in text
    assert "@everyone" not in text
    for secret in ("5000", "3000", str(base.owner), "dona"):
        assert secret not in text.lower()


def test_other_channels_hear_no_alarm(base: Base, server: GameServer) -> None:
    make_channel("public")
    make_channel("staff", audience="staff")
    make_channel("other", audience="clan", clan=make_clan("Outro"))
    make_channel("other server", audience="clan", clan=base.clan, topic=make_server())
    raised(base, act(base))
    assert Alarm.objects.count() == 1
    assert messages() == []


@pytest.mark.parametrize("fields", [{"alarms_discord": False}, {"clan": None}])
def test_without_the_wish_or_a_clan_nothing_is_sent(
    base: Base, channel: Channel, fields: dict[str, Any]
) -> None:
    Base.objects.filter(pk=base.pk).update(**fields)
    raised(base, act(base))
    assert Alarm.objects.count() == 1
    assert messages() == []


def test_an_invasion_alarms_and_who_is_or_may_be_a_friend_does_not(
    server: GameServer, base: Base, channel: Channel
) -> None:
    permit(base, make_player("Amiga"))
    permit(base, perhaps := make_player("Talvez"))
    PlayerIdentity.objects.filter(user=perhaps).update(player_id=player_id("another"))
    names = ("Estranha", "Amiga", "Dona", "Talvez")
    judge(server, *map(incoming, names), incoming("Longe", x=9000.0))
    alarm = Alarm.objects.get()
    assert (alarm.gamertag, alarm.invasions) == ("Estranha", 1)
    assert len(messages()) == 1


# -- Muting ---------------------------------------------------------------------------------------------------------


def test_a_muted_player_is_not_heard_until_the_end(base: Base, channel: Channel) -> None:
    raised(base, act(base, 60))
    alarms.mute(base, Alarm.objects.get(), by=base.owner, ends_at=NOW + timedelta(days=1), at=NOW)
    raised(base, act(base), act(base, gamertag="Outro"))
    assert list(Alarm.objects.order_by("pk").values_list("gamertag", flat=True)) == ["Estranha", "Outro"]
    [held] = alarms.mutes_in_force(base, at=NOW)
    alarms.unmute(held, at=NOW)
    raised(base, act(base))
    assert Alarm.objects.count() == 3


def test_a_muted_base_is_quiet_and_others_are_not(base: Base, server: GameServer) -> None:
    other = make_base(server, base.owner, x=9000.0)
    alarms.mute(base, None, by=base.owner, ends_at=NOW + timedelta(days=1), at=NOW)
    raised(base, act(base), act(other))
    assert Alarm.objects.get().base == other
    assert alarms.newest_alarms([base, other], since=NOW - timedelta(days=1), now=NOW) == [
        Alarm.objects.get()
    ]


def test_muting_again_moves_the_end(base: Base) -> None:
    for days in (1, 7):
        alarms.mute(base, None, by=base.owner, ends_at=NOW + timedelta(days=days), at=NOW)
    assert AlarmMute.objects.get().ends_at == NOW + timedelta(days=7)


@pytest.mark.parametrize("days", [0, -1, 91])
def test_a_mute_has_an_end_within_ninety_days(base: Base, days: int) -> None:
    with pytest.raises(NotPossibleError):
        alarms.mute(base, None, by=make_user(), ends_at=NOW + timedelta(days=days), at=NOW)


def test_the_number_of_queries_is_fixed(base: Base, channel: Channel) -> None:
    def queries(*acts: ForeignAct) -> int:
        with CaptureQueriesContext(connection) as captured:
            raised(base, *acts)
        return len(captured)

    raised(base, act(base, gamertag="Velha"))
    few = [act(base, gamertag="Velha"), act(base, gamertag="Nova")]
    many = [act(base, gamertag="Velha"), *(act(base, gamertag=f"N{number}") for number in range(60))]
    assert queries(*few) == queries(*many)
