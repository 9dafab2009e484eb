"""Staff's pages about the game: what is synced, whose account a player is, and what may only be looked at."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clans.models import User
from tanks.models import Player, SyncedClan, SyncRun, Vehicle
from tanks.tests.admin.pages import MODELS, address, get_model, make_one_of_each, page
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script>'


# -- Every page ---------------------------------------------------------------------------------------------------


def test_every_list_and_page_opens_and_names_are_escaped(root: Client) -> None:
    clan = rows.clan(HOSTILE, tag="<b>", disbanded_at=timezone.now())
    make_one_of_each(clan, HOSTILE)
    rows.status(clan, last_error=HOSTILE, trouble="unavailable")
    rows.member(rows.user(HOSTILE), clan)
    Player.objects.update(user=User.objects.get(username=HOSTILE), role=HOSTILE[:40])
    Vehicle.objects.update(nation=HOSTILE[:40], type=HOSTILE[:40], short_name="")
    for model in MODELS:
        found = get_model(model)._default_manager.latest("pk")
        listed = page(root, model)
        assert 'id="result_list"' in listed, model
        for shown in (listed, page(root, model, "change", found.pk)):
            assert "<script>alert" not in shown, model
            assert "<b></b>" not in shown, model


TERMS = {
    "player": "Lobo_1 2100000001 dona", "rosterevent": "Lobo_1 2100000001",
    "syncrun": "Primeiro", "vehicle": "Tigre", "clan": "Primeiro",
}  # fmt: skip


def test_search_finds_one_and_not_the_other(root: Client) -> None:
    names = (("Um", "Primeiro", "Tigre", "dona"), ("Dois", "Segundo", "Pantera", "outra"))
    for number, (tag, name, vehicle, person) in enumerate(names, 1):
        clan = rows.clan(name, tag=tag)
        player = make_one_of_each(clan)
        values = {
            "nickname": f"Lobo_{number}",
            "account_id": 2_100_000_000 + number,
            "user": rows.user(person),
        }
        Player.objects.filter(pk=player.pk).update(**values)
        Vehicle.objects.filter(garage_tanks__player=player).update(name=vehicle)
        rows.status(clan)
    for model, terms in TERMS.items():
        for term, count in {**dict.fromkeys(terms.split(), 1), "9" * 40: 0}.items():
            answer = root.get(address(model, "changelist"), {"q": term})
            assert answer.context["cl"].result_count == count, (model, term)


SHELL = 3  # the community, the cases and the links that wait
QUERIES = {
    # session and user, the rows and their capped count, then what the filters offer
    "clan": 5,
    "player": 7,
    "vehicle": 7,
    "rosterevent": 8,
    "syncrun": 10,
}


def test_number_of_queries_of_a_list_does_not_grow(root: Client) -> None:
    counts: dict[str, list[int]] = {model: [] for model in QUERIES}
    for number in (1, 3, 6):
        while SyncedClan.objects.count() < number:
            clan = rows.clan()
            player = make_one_of_each(clan)
            Player.objects.filter(pk=player.pk).update(user=rows.user())
            rows.status(clan)
            SyncRun.objects.filter(clan=clan).update(requested_by=rows.user())
        for model, found in counts.items():
            root.get(address(model, "changelist"))
            with CaptureQueriesContext(connection) as captured:
                root.get(address(model, "changelist"))
            found.append(len(captured) - SHELL)
    assert counts == {model: [queries] * 3 for model, queries in QUERIES.items()}


def test_player_page_leads_to_its_vehicles_and_events(root: Client) -> None:
    clan = rows.clan()
    player, other = make_one_of_each(clan, "Aquele"), make_one_of_each(clan, "Aqueloutro_9")
    shown = page(root, "player", "change", player.pk)
    assert f"/tanks/?clan={clan.pk}&amp;player={player.pk}" in shown
    target = f"{address('rosterevent', 'changelist')}?player__id__exact={player.pk}"
    assert target in shown
    listed = root.get(target)
    assert listed.context["cl"].result_count == 1
    text = listed.content.decode()
    assert str(other) not in text
    assert 'class="clear-all"' in text  # what the link chose can be let go


def test_player_filters_offer_what_occurs_and_choose(root: Client) -> None:
    first, second = rows.clan("Um"), rows.clan("Dois")
    rows.clan("Sem Jogadores")
    chosen = rows.player(first, role="commander")
    rows.player(second)
    shown = page(root, "player")
    assert ("Sem Jogadores" in shown, "recruit" in shown) == (False, False)
    for query in ({"clan__id__exact": first.pk}, {"role": "commander"}):
        answer = root.get(address("player", "changelist"), query)
        assert [row.pk for row in answer.context["cl"].result_list] == [chosen.pk]
