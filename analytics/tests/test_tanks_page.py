import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.tests.tank_rows import READ_AT, many_tanks
from tanks.models import GarageTank, Player, SyncedClan
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202e\"'&"


@pytest.fixture
def park(clan: SyncedClan) -> dict[str, GarageTank]:
    """Tanks by vehicle: of two players, of several nations and types, one that the catalogue never listed."""
    ana, bia = rows.player(clan, "Ana"), rows.player(clan, "bia")
    unknown = rows.unlisted_vehicle()
    return {
        "Maus": rows.garage_tank(ana, rows.vehicle("Maus")),
        "Leopard 1": rows.garage_tank(ana, rows.vehicle("Leopard 1", type="mediumTank")),
        "T-34": rows.garage_tank(
            bia, rows.vehicle("T-34", tier=5, nation="ussr", type="mediumTank"), battles=3000
        ),
        "Strv K": rows.garage_tank(ana, rows.vehicle("Strv K", tier=9, nation="sweden")),
        "XM 57": rows.garage_tank(ana, rows.vehicle("XM 57", tier=11, nation="usa", type="hovercraft")),
        f"#{unknown.pk}": rows.garage_tank(bia, unknown),
    }


def read(client: Client, language: str = "en", **query: Any) -> str:
    answer = client.get(reverse("tanks"), query, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def list_of(page: str) -> list[list[str]]:
    """The words of each cell as they are read out, row by row, the vehicle's name first."""
    page = re.sub(r"<(\w+)[^>]*aria-hidden[^>]*>.*?</\1>", "", page)
    body = re.search(r"<tbody>(.*)</tbody>", page, re.DOTALL)
    found = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL) if body else []
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


# -- What is shown ------------------------------------------------------------------------------------------------


def test_tanks_shows_every_column_of_a_row(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(
        rows.player(clan, "Ana"),
        rows.vehicle("Maus"),
        battles=1234,
        wins=617,
        mark_of_mastery=4,
        in_garage=True,
        last_changed=READ_AT,
    )
    row = "Maus in the garage|Ana|X|Germany|Heavy tank|1,234|617|50.00%|Ace Tanker|07/06/2026"
    assert list_of(read(commander)) == [row.split("|")]


@pytest.mark.parametrize(
    ("in_garage", "said"), [(True, "in the garage"), (False, "not in the garage"), (None, "")]
)
def test_tanks_says_of_the_garage_only_what_is_known(
    commander: Client, clan: SyncedClan, *, in_garage: bool | None, said: str
) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"), in_garage=in_garage)
    assert list_of(read(commander))[0][0] == f"Maus {said}".strip()


def test_tanks_without_battles_has_no_win_percentage(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"), battles=0, wins=0)
    page = read(commander)
    assert list_of(page)[0][5:8] == ["0", "0", "not available"]
    assert "Win rate not available There are no battles." in words(page)


def test_tanks_escapes_names_of_players_vehicles_and_clans(commander: Client, clan: SyncedClan) -> None:
    SyncedClan.objects.filter(pk=clan.pk).update(name=HOSTILE)
    for nickname in (HOSTILE, "Ana"):
        rows.garage_tank(rows.player(clan, nickname), rows.vehicle(HOSTILE, nation="<b>", type="<i>"))
    page = read(commander)
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt;\u202e&quot;&#x27;&amp;"
    assert f">{escaped}</bdi>" in page
    assert f">{escaped}</option>" in page


def test_tanks_without_a_nickname_is_shown_by_the_accounts_number(
    commander: Client, clan: SyncedClan
) -> None:
    player = rows.player(clan, "")
    rows.garage_tank(player, rows.vehicle("Maus"))
    assert list_of(read(commander))[0][1] == f"#{player.account_id}"


def test_tanks_says_what_its_figures_and_rows_are_and_how_fresh(commander: Client, clan: SyncedClan) -> None:
    ana, maus = rows.player(clan, "Ana"), rows.vehicle("Maus")
    rows.garage_tank(ana, maus, battles=900, wins=400, mark_of_mastery=4)
    rows.garage_tank(rows.player(clan, "Bia"), maus, battles=300, wins=300, mark_of_mastery=1)
    rows.garage_tank(ana, rows.vehicle("IS-7"), battles=1, wins=0)
    said = words(read(commander))
    for text in (
        "Every vehicle ever fought in, in random battles",
        "it is not the garage",
        "Source: Wargaming's API, realm na .",
        "Last read on July 6, 2026 at 19:45.",
        "3 rows · 2 vehicles · 2 players",
        "Average battles 400.3 1,201 battles divided by 3 rows; a row is one vehicle of one player.",
        "Win rate 58.28% All wins divided by all battles, 700 by 1,201; not the mean of the vehicles.",
        "Mastery badges 2 Ace Tanker: 1 1st class: 0 2nd class: 0 3rd class: 1",
    ):
        assert text in said


def test_tanks_figures_are_of_the_whole_selection_not_of_the_page(
    commander: Client, clan: SyncedClan
) -> None:
    many_tanks(clan, players=3, vehicles=40, each=20)
    first, last = read(commander, size=25), read(commander, size=25, page=3)
    assert (len(list_of(first)), len(list_of(last))) == (25, 10)
    section = re.compile(r'<dl class="tank-figures">.*?</dl>', re.DOTALL)
    assert section.findall(first) == section.findall(last) != []
    assert "60 rows" in words(first)


def test_tanks_says_that_the_newest_reading_failed(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"))
    assert "The newest attempt to read them failed" not in read(commander)
    clan.sync_statuses.update(trouble="unavailable")
    assert "The newest attempt to read them failed" in read(commander)


def test_tanks_that_were_never_read_are_announced(commander: Client, clan: SyncedClan) -> None:
    clan.sync_statuses.all().delete()
    page = read(commander)
    assert "the first sync is running or due" in page
    assert "Not read yet." in page
    assert list_of(page) == []


def test_tanks_of_somebody_who_never_fought_says_so(client: Client, clan: SyncedClan) -> None:
    user = rows.user("member")
    rows.member(user, clan)
    rows.player(clan, "Ana", user=user)
    client.force_login(user)
    page = read(client)
    assert "nobody here has fought a random battle" in page
    assert "the first sync" not in page


def test_tanks_speaks_the_readers_language_in_numbers(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"), battles=12345, wins=1111)
    assert list_of(read(commander, "pt-br"))[0][5:8] == ["12.345", "1.111", "9,00%"]


# -- Filters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Maus", "Leopard 1", "T-34", "Strv K", "XM 57", "#"}),
        ({"tier": 10}, {"Maus", "Leopard 1"}),
        ({"tier": [5, 11]}, {"T-34", "XM 57"}),
        ({"tier": "unknown"}, {"#"}),
        ({"nation": "sweden"}, {"Strv K"}),
        ({"nation": ["sweden", "ussr"]}, {"Strv K", "T-34"}),
        ({"nation": ["unknown", "ussr"]}, {"#", "T-34"}),
        ({"type": "hovercraft"}, {"XM 57"}),
        ({"type": ["mediumTank", "unknown"]}, {"T-34", "Leopard 1", "#"}),
        ({"tier": 10, "type": "mediumTank"}, {"Leopard 1"}),
        ({"tier": 10, "type": "mediumTank", "nation": "ussr"}, set()),
        ({"tier": ["abc", "10", "99", ""]}, {"Maus", "Leopard 1"}),
    ],
)
def test_tanks_filters_by_what_the_vehicle_is(
    commander: Client, park: dict[str, GarageTank], query: dict[str, Any], found: set[str]
) -> None:
    page = read(commander, **query)
    assert {row[0].removesuffix(" not in the catalogue") for row in list_of(page)} == {
        next(known for known in park if known.startswith("#")) if name == "#" else name for name in found
    }
    assert ("No tank fits this choice." in page) is (not found)


def test_tanks_filters_by_player(commander: Client, park: dict[str, GarageTank]) -> None:
    bia = park["T-34"].player
    page = read(commander, player=bia.pk)
    assert {row[1] for row in list_of(page)} == {"bia"}
    assert "2 rows · 2 vehicles · 1 player" in words(page)
    assert {row[0] for row in list_of(read(commander, player=bia.pk, tier=5))} == {"T-34"}
    assert list_of(read(commander, player=bia.pk, tier=10)) == []


def test_tanks_offers_only_what_occurs_in_the_readers_words(
    commander: Client, park: dict[str, GarageTank]
) -> None:
    rows.vehicle("Nobody's", tier=1, nation="poland", type="SPG")
    page = read(commander)
    offered = re.findall(r'name="(tier|nation|type)" value="([^"]*)"[^>]*> ([^<]*)</label>', page)
    assert offered == [
        ("tier", "5", "V"),
        ("tier", "9", "IX"),
        ("tier", "10", "X"),
        ("tier", "11", "XI"),
        ("tier", "unknown", "Unknown"),
        ("nation", "germany", "Germany"),
        ("nation", "sweden", "Sweden"),
        ("nation", "usa", "USA"),
        ("nation", "ussr", "USSR"),
        ("nation", "unknown", "Unknown"),
        ("type", "mediumTank", "Medium tank"),
        ("type", "heavyTank", "Heavy tank"),
        ("type", "hovercraft", "Hovercraft"),
        ("type", "unknown", "Unknown"),
    ]


def test_tanks_offers_a_filter_for_unknown_only_where_something_is(
    commander: Client, clan: SyncedClan
) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"))
    assert 'value="unknown"' not in read(commander)


def test_tanks_offers_players_by_name_and_to_commanders_only(
    client: Client, clan: SyncedClan, park: dict[str, GarageTank]
) -> None:
    user = rows.user("member")
    rows.member(user, clan)
    Player.objects.filter(nickname="Ana").update(user=user)
    client.force_login(user)
    assert 'name="player"' not in read(client)
    client.force_login(rows.commander(clan))
    offered = re.search(r'<select name="player".*?</select>', read(client), re.DOTALL)
    assert offered
    assert re.findall(r">([^<\n]+)</option>", offered[0]) == ["All players", "Ana", "bia"]


# -- Addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"tier": "abc", "size": "-1", "page": "999", "sort": "drop table", "player": "x"},
        {"size": "1000000", "page": "-5", "sort": "--battles", "player": str(10**30)},
        {"size": "", "page": "", "sort": "", "player": "", "tier": "", "nation": "", "type": "", "clan": ""},
        {"sort": "player__user__password", "nation": "\x00", "type": "'; --", "page": "1e3", "tier": "१०"},
        {"sort": "-", "nation": "x" * 5000, "page": "\u0661"},
    ],
)
def test_tanks_ignores_what_is_wrong_in_the_address(
    commander: Client, park: dict[str, GarageTank], query: dict[str, str]
) -> None:
    page = read(commander, **query)
    assert list_of(page) == list_of(read(commander))
    assert len(list_of(page)) == len(park)
    assert 'aria-sort="descending"><a href="?sort=battles">' in page
    assert '<option value="50" selected>' in page


def test_tanks_takes_the_last_good_value_of_what_can_be_chosen_once(
    commander: Client, clan: SyncedClan
) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"))
    assert '<option value="200" selected>' in read(commander, size=["25", "200", "7"])


def test_tanks_beyond_the_last_page_is_the_last_page(commander: Client, clan: SyncedClan) -> None:
    many_tanks(clan, players=1, vehicles=60, each=60)
    assert list_of(read(commander, page=999)) == list_of(read(commander, page=2)) != list_of(read(commander))


def test_tanks_keeps_the_choice_in_every_link(commander: Client, clan: SyncedClan) -> None:
    many_tanks(clan, players=4, vehicles=60, each=40, seed=4)
    kept = "nation=ussr&amp;nation=usa&amp;type=heavyTank&amp;type=SPG&amp;type=mediumTank&amp;size=25"
    query: dict[str, Any] = {
        "nation": ["ussr", "usa"],
        "type": ["heavyTank", "SPG", "mediumTank"],
        "size": 25,
        "sort": "tier",
    }
    page = read(commander, **query, page=1, junk="1")
    assert f'aria-sort="ascending"><a href="?{kept}&amp;sort=-tier">Tier</a>' in page
    assert f'<a href="?{kept}&amp;sort=vehicle">Vehicle</a>' in page
    assert f'rel="next" href="?{kept}&amp;sort=tier&amp;page=2">' in page
    assert f'rel="prev" href="?{kept}&amp;sort=tier&amp;page=1">' in read(commander, **query, page=2)
    assert 'href="/tanks/?size=25&amp;sort=tier">Clear the filters</a>' in page
    assert '<input type="hidden" name="sort" value="tier"' in page
    assert '<option value="25" selected>' in page
    checked = re.findall(r'value="(\w+)" id="\w+" checked', page)
    assert sorted(checked) == ["SPG", "heavyTank", "mediumTank", "usa", "ussr"]


def test_tanks_links_of_a_nation_with_odd_characters_are_encoded(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus", nation='a&b="ç'))
    page = read(commander, nation='a&b="ç')
    assert "?nation=a%26b%3D%22%C3%A7&amp;sort=" in page
    assert len(list_of(page)) == 1


@pytest.mark.parametrize("size", [25, 50, 100, 200])
def test_tanks_page_has_the_size_asked_for(commander: Client, clan: SyncedClan, size: int) -> None:
    many_tanks(clan, players=3, vehicles=80, each=75)
    assert len(list_of(read(commander, size=size))) == size


# -- Cost ---------------------------------------------------------------------------------------------------------


def _queries(client: Client, **query: Any) -> int:
    with CaptureQueriesContext(connection) as asked:
        read(client, **query)
    return len(asked)


@pytest.mark.parametrize(
    "query",
    [{}, {"tier": [10, "unknown"], "sort": "nation"}, {"size": 200, "sort": "-vehicle", "type": "heavyTank"}],
)
def test_tanks_asks_the_same_number_of_queries_for_one_row_and_for_many(
    commander: Client, clan: SyncedClan, query: dict[str, Any]
) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"))
    rows.garage_tank(rows.player(clan, "Bia"), rows.unlisted_vehicle())
    few = _queries(commander, **query)
    many_tanks(clan, players=20, vehicles=50, each=30)
    assert _queries(commander, **query) == few <= 14
