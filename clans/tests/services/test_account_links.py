"""Links of people to their accounts elsewhere: who owns what, and by which proof."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clans.models import AccountLink, User
from clans.services import account_links
from clans.services.account_links import claim, dispute, note_proof, owner_of, prove, refuse, withdraw
from common.errors import NotPossibleError

pytestmark = pytest.mark.django_db
Kind, State, Proof = AccountLink.Kind, AccountLink.State, AccountLink.Proof
STEAM = "76561197960287930"


def person(name: str = "ana", **fields: str) -> User:
    return User.objects.create(username=name, **fields)


def links_of(user: User) -> list[tuple[str, str, str, str]]:
    return list(AccountLink.objects.filter(user=user).values_list("kind", "key", "state", "proof"))


def test_discord_id_has_a_link_as_long_as_a_person_has_it() -> None:
    ana = person(discord_id="11")
    assert links_of(ana) == [("discord", "11", "proven", "entered")]
    note_proof(Kind.DISCORD, "11", proof=Proof.OAUTH, by=None, at=timezone.now())
    User.objects.update(discord_id="12")
    assert links_of(ana) == [("discord", "12", "proven", "oauth")]
    User.objects.update(discord_id=None)
    assert links_of(ana) == []


def test_own_claim_becomes_the_proven_link() -> None:
    ana = person()
    claim(ana, Kind.DISCORD, "11")
    User.objects.update(discord_id="11")
    assert links_of(ana) == [("discord", "11", "proven", "entered")]


def test_claim_is_open_again_after_a_refusal_but_not_of_what_is_somebody_elses() -> None:
    ana, bia, staff = person(), person("bia"), person("rui")
    first = claim(ana, Kind.GAMERTAG, "onça")
    claim(bia, Kind.GAMERTAG, "onça")
    refuse(first, by=staff, reason="Não é.", at=timezone.now())
    with pytest.raises(NotPossibleError):
        refuse(first, by=staff, reason="De novo.", at=timezone.now())
    first.refresh_from_db()
    assert (first.state, first.note, first.decided_by) == ("refused", "Não é.", staff)
    assert claim(ana, Kind.GAMERTAG, "onça").state == State.CLAIMED
    prove(bia, Kind.STEAM, STEAM, name="Bia", proof=Proof.OAUTH, at=timezone.now())
    with pytest.raises(NotPossibleError):
        claim(ana, Kind.STEAM, STEAM)


def test_person_claims_so_many_accounts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_links, "MOST_CLAIMS", 2)
    ana = person()
    for number in range(2):
        claim(ana, Kind.GAMERTAG, f"g{number}")
    with pytest.raises(NotPossibleError):
        claim(ana, Kind.GAMERTAG, "one more")
    claim(ana, Kind.GAMERTAG, "g0")
    withdraw(AccountLink.objects.get(key="g1"))
    claim(ana, Kind.GAMERTAG, "one more")


def test_second_proof_of_an_account_is_for_staff_to_compare() -> None:
    ana, bia = person(), person("bia")
    for user in (ana, bia, ana):
        prove(user, Kind.STEAM, STEAM, name="Onça", proof=Proof.OAUTH, at=timezone.now())
    dispute(bia, Kind.PLAYER_ID, "A" * 40, name="Bia", proof=Proof.HASH, at=timezone.now())
    assert links_of(ana) == [("steam", STEAM, "proven", "oauth")]
    ids = ("player_id", "A" * 40, "disputed", "hash")
    assert links_of(bia) == [("steam", STEAM, "disputed", "oauth"), ids]
    assert owner_of(Kind.STEAM, STEAM) == ana


def test_proven_link_is_not_withdrawn_like_a_claim() -> None:
    ana = person(discord_id="11")
    with pytest.raises(NotPossibleError):
        withdraw(AccountLink.objects.get(user=ana))


def test_database_holds_one_owner_of_an_account() -> None:
    values = {"kind": Kind.STEAM, "key": STEAM, "state": State.PROVEN, "proof": Proof.OAUTH}
    AccountLink.objects.create(user=person(), decided_at=timezone.now(), **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountLink.objects.create(user=person("bia"), decided_at=timezone.now(), **values)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_prove_one_account_at_once_one_owns_it() -> None:
    people = [person(f"p{number}") for number in range(4)]

    def try_it(user: User) -> None:
        prove(user, Kind.STEAM, STEAM, name=user.username, proof=Proof.OAUTH, at=timezone.now())
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(try_it, people))
    states = sorted(AccountLink.objects.values_list("state", flat=True))
    assert states == ["disputed", "disputed", "disputed", "proven"]
