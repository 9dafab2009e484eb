import html
import re
from datetime import timedelta
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


COLUMNS = (
    *("nation", "type", "tier", "vehicle", "player", "battles", "wins", "win_rate"),
    *("mastery", "garage", "changed"),
)


def list_of(page: str) -> list[dict[str, str]]:
    """The words of each cell as they are read out, by column, row by row."""
    body = re.search(r"<tbody>(.*)</tbody>", page, re.DOTALL)
    found = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL) if body else []
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [dict(zip(COLUMNS, map(words, row), strict=True)) for row in cells]


def vehicles(page: str) -> list[str]:
    return [row["vehicle"] for row in list_of(page)]


def words(page: str) -> str:
    """What is read out: without decoration, pictures by their labels."""
    page = re.sub(r"<(\w+)[^>]*aria-hidden[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    page = re.sub(r'<(\w+)[^>]*role="img" aria-label="([^"]*)"[^>]*>.*?</\1>', r"\2", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


# -- What is shown ------------------------------------------------------------------------------------------------


def test_tanks_shows_every_column_of_a_row(commander: Client, clan: SyncedClan) -> None:
    ana = rows.player(clan, "", shares_garage=True)
    figures = {"battles": 1234, "wins": 617, "mark_of_mastery": 4}
    rows.garage_tank(ana, rows.vehicle("Maus"), in_garage=True, last_changed=READ_AT, **figures)
    page = read(commander)
    assert list_of(page) == [
        {
            "nation": "Germany",
            "type": "Heavy tank",
            "tier": "Tier X",
            "vehicle": "Maus",
            "player": f"#{ana.account_id}",
            "battles": "1,234",
            "wins": "617",
            "win_rate": "50.0%",
            "mastery": "Ace Tanker",
            "garage": "yes",
            "changed": "6 Jul, 19:45",
        }
    ]
    assert 'value="unknown"' not in page, "a choice that nothing fits"


@pytest.mark.parametrize(("in_garage", "said"), [(True, "yes"), (False, "no"), (None, "not known")])
def test_tanks_says_of_the_garage_only_what_is_known(
    commander: Client, clan: SyncedClan, *, in_garage: bool | None, said: str
) -> None:
    ana = rows.player(clan, "Ana", shares_garage=True)
    rows.garage_tank(ana, rows.vehicle("Maus"), in_garage=in_garage)
    assert list_of(read(commander))[0]["garage"] == said


def test_tanks_without_battles_has_no_win_percentage(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"), battles=0, wins=0)
    page = read(commander)
    assert list_of(page)[0]["win_rate"] == "not available"
    assert "Win rate \u2013 not known There are no battles." in words(page)


def test_tanks_escapes_names_of_players_vehicles_and_clans(commander: Client, clan: SyncedClan) -> None:
    SyncedClan.objects.filter(pk=clan.pk).update(name=HOSTILE)
    for nickname in (HOSTILE, "Ana"):
        rows.garage_tank(rows.player(clan, nickname), rows.vehicle(HOSTILE, nation="<em>", type="<i>"))
    page = read(commander)
    assert "<script>alert" not in page
    assert "<em>" not in page
    assert "<i>" not in page
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt;\u202e&quot;&#x27;&amp;"
    assert f">{escaped}</bdi>" in page
    assert f">{escaped}</option>" in page


def test_tanks_says_what_its_figures_and_rows_are_and_how_fresh(commander: Client, clan: SyncedClan) -> None:
    ana, maus = rows.player(clan, "Ana"), rows.vehicle("Maus")
    rows.garage_tank(ana, maus, battles=900, wins=400, mark_of_mastery=4)
    rows.garage_tank(rows.player(clan, "Bia"), maus, battles=300, wins=300, mark_of_mastery=1)
    rows.garage_tank(ana, rows.vehicle("IS-7"), battles=1, wins=0)
    said = words(read(commander))
    for text in (
        "[LBCR] Lobos do Cerrado read 6 Jul, 19:45 from Wargaming's API, realm NA",
        "All tanks of the clan 3 tanks of 2 players. Every vehicle ever fought in, in random battles",
        "it is not the garage",
        "Battles per tank 400.3 1,201 battles ÷ 3 tanks that were driven",
        "Win rate 58.28% 700 wins ÷ 1,201 battles, summed",
        "Different vehicles 2 each counted once, whoever drives it",
        "Mastery Ace Tanker 1 1st class 0 2nd class 0 3rd class 1 2 in all; a tank counts once, with its best class",
        "1\u20133 of 3",
    ):
        assert text in said


def test_tanks_figures_are_of_the_whole_selection_not_of_the_page(
    commander: Client, clan: SyncedClan
) -> None:
    many_tanks(clan, players=3, vehicles=40, each=20)
    first, last = read(commander, size=25), read(commander, size=25, page=999)
    assert (len(list_of(first)), len(list_of(last))) == (25, 10)
    strip = re.compile(r'<dl class="stats plate">.*?</dl>', re.DOTALL)
    assert strip.findall(first) == strip.findall(last) != []
    assert "60 tanks of 3 players" in words(first)
    assert "1\u201325 of 60" in words(first)


def test_tanks_says_that_the_newest_reading_failed(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"))
    assert "failed" not in words(read(commander))
    clan.sync_statuses.update(trouble="unavailable", last_error_at=READ_AT + timedelta(hours=1))
    said = words(read(commander))
    assert "The newest reading of the tanks failed 6 Jul, 20:45 : The game's API did not answer." in said
    assert "What you see is from 6 Jul, 19:45 . See what to do" in said


def test_tanks_that_were_never_read_are_announced(commander: Client, clan: SyncedClan) -> None:
    clan.sync_statuses.all().delete()
    page = read(commander)
    assert "Nothing to show yet The first reading is running or due." in words(page)
    assert "not read yet" in page
    assert list_of(page) == []


def test_tanks_of_somebody_who_never_fought_says_so(client: Client, clan: SyncedClan) -> None:
    user = rows.user("member")
    rows.member(user, clan)
    rows.player(clan, "Ana", user=user)
    client.force_login(user)
    page = read(client)
    assert "Nobody here has fought a random battle." in page
    assert "The first reading" not in page


def test_tanks_speaks_the_readers_language_in_numbers(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"), battles=12345, wins=1111)
    (row,) = list_of(read(commander, "pt-br"))
    assert (row["battles"], row["wins"], row["win_rate"]) == ("12.345", "1.111", "9,0%")


# -- Filters ------------------------------------------------------------------------------------------------------


FITTING: list[tuple[dict[str, Any], set[str]]] = [
    ({"tier": [5, 11]}, {"T-34", "XM 57"}),
    ({"nation": ["unknown", "ussr"]}, {"#", "T-34"}),
    ({"type": ["hovercraft", "unknown"]}, {"XM 57", "#"}),
    ({"tier": ["abc", "10", "99", ""], "type": "mediumTank"}, {"Leopard 1"}),
    ({"tier": 10, "type": "mediumTank", "nation": "ussr"}, set()),
]


def test_tanks_filters_by_what_the_vehicle_is(commander: Client, park: dict[str, GarageTank]) -> None:
    for query, found in FITTING:
        page = read(commander, **query)
        names = {name.removesuffix(" not in the catalogue") for name in vehicles(page)}
        assert {"#" if name.startswith("#") else name for name in names} == found, query
        assert ("No tank fits these filters" in page) is (not found)


def test_tanks_filters_by_player(commander: Client, park: dict[str, GarageTank]) -> None:
    bia = park["T-34"].player
    page = read(commander, player=bia.pk)
    assert {row["player"] for row in list_of(page)} == {"bia"}
    assert "All tanks of \u2068bia\u2069 2 tanks." in words(page)
    assert vehicles(read(commander, player=bia.pk, tier=5)) == ["T-34"]
    assert list_of(read(commander, player=bia.pk, tier=10)) == []


def test_tanks_offers_only_what_occurs_in_the_readers_words(
    commander: Client, park: dict[str, GarageTank]
) -> None:
    rows.vehicle("Nobody's", tier=1, nation="poland", type="SPG")
    form = re.search(r"<form[^>]*data-follow.*?</form>", read(commander, nation="ussr"), re.DOTALL)
    assert form
    assert "required" not in form[0]
    assert words(form[0]).partition("Minimum battles")[0].split("bia ")[1] == (
        "Tier Tier V 1 Tier IX 0 Tier X 0 Tier XI 0 Tier Unknown 0 "
        "Class Medium tank 1 Heavy tank 0 Hovercraft 0 Unknown 0 "
        "Nation Germany 2 Sweden 1 USA 1 USSR 1 Unknown 1 "
    )


def test_tanks_offers_players_by_name_and_to_commanders_only(
    commander: Client, clan: SyncedClan, park: dict[str, GarageTank]
) -> None:
    offered = re.search(r'<select name="player".*?</select>', read(commander), re.DOTALL)
    assert offered
    assert re.findall(r">([^<\n]+)</option>", offered[0]) == ["All players", "Ana", "bia"]
    user = rows.user("member")
    rows.member(user, clan)
    Player.objects.filter(nickname="Ana").update(user=user)
    commander.force_login(user)
    assert 'name="player"' not in read(commander)


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
    assert '<a href="?" aria-current="true">50</a>' in page


def test_tanks_keeps_the_choice_in_every_link(commander: Client, clan: SyncedClan) -> None:
    many_tanks(clan, players=4, vehicles=60, each=40, seed=4)
    kept = "nation=ussr&amp;nation=usa&amp;type=heavyTank&amp;type=SPG&amp;type=mediumTank&amp;size=25"
    query: dict[str, Any] = {
        "nation": ["ussr", "usa"],
        "type": ["heavyTank", "SPG", "mediumTank"],
        "size": 25,
    }
    page = read(commander, **query, sort="tier", page=1)
    assert re.search(rf'aria-sort="ascending"><a href="\?{kept}&amp;sort=-tier">Tier', page)
    assert f'<a href="?{kept}&amp;sort=vehicle">Vehicle</a>' in page
    assert f'href="?{kept}&amp;sort=tier&amp;page=2"' in page
    assert f'href="?{kept.replace("size=25", "size=100")}&amp;sort=tier">100</a>' in page
    assert f'href="?{kept}&amp;sort=tier&amp;page=1"' in read(commander, **query, sort="tier", page=2)
    assert '<option value="tier" selected>Tier: lowest first</option>' in page
    assert '<input type="hidden" name="size" value="25"' in page
    checked = re.findall(r'value="(\w+)" id="[\w-]+" checked', page)
    assert sorted(checked) == ["SPG", "heavyTank", "mediumTank", "usa", "ussr"]


def test_tanks_takes_each_choice_away_again(commander: Client, park: dict[str, GarageTank]) -> None:
    ana = park["Maus"].player_id
    page = read(commander, tier=[10, 9], type="heavyTank", player=ana, least=100, sort="tier")
    chips = re.findall(r'<a class="chip on" href="([^"]*)">([^<]*)<', page)
    kept = f"player={ana}&amp;tier=10&amp;tier=9&amp;type=heavyTank&amp;least=100&amp;sort=tier"
    assert [(label, url) for url, label in chips] == [
        ("Tier X", f"?{kept.replace('tier=10&amp;', '')}"),
        ("Tier IX", f"?{kept.replace('tier=9&amp;', '')}"),
        ("Heavy tank", f"?{kept.replace('type=heavyTank&amp;', '')}"),
        ("Ana", f"?{kept.partition('&amp;')[2]}"),
        ("100 battles or more", f"?{kept.replace('least=100&amp;', '')}"),
    ]
    assert '<a class="clear t14" href="?sort=tier">clear</a>' in page
    assert "Filters 5" in words(page)
    assert '<a class="chip on"' not in read(commander)


def test_tanks_links_of_a_nation_with_odd_characters_are_encoded(commander: Client, clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus", nation='a&b="ç'))
    page = read(commander, nation='a&b="ç')
    assert "?nation=a%26b%3D%22%C3%A7&amp;sort=" in page
    assert len(list_of(page)) == 1


@pytest.mark.parametrize("size", [25, 50, 100])
def test_tanks_page_has_the_last_good_size_asked_for(commander: Client, clan: SyncedClan, size: int) -> None:
    many_tanks(clan, players=2, vehicles=60, each=55)
    page = read(commander, size=["200", str(size), "7"])
    assert len(list_of(page)) == size
    assert f'aria-current="true">{size}</a>' in page


# -- Cost ---------------------------------------------------------------------------------------------------------


def _queries(client: Client, **query: Any) -> int:
    with CaptureQueriesContext(connection) as asked:
        read(client, **query)
    return len(asked)


@pytest.mark.parametrize(
    "query",
    [{"tier": [10, "unknown"], "sort": "nation"}, {"size": 200, "sort": "-vehicle", "type": "heavyTank"}],
)
def test_tanks_asks_the_same_number_of_queries_for_one_row_and_for_many(
    commander: Client, clan: SyncedClan, query: dict[str, Any]
) -> None:
    rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"))
    rows.garage_tank(rows.player(clan, "Bia"), rows.unlisted_vehicle())
    few = _queries(commander, **query)
    many_tanks(clan, players=20, vehicles=50, each=30)
    assert _queries(commander, **query) == few == 19
