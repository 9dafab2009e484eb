"""A player who bore a name that proves nothing stays in doubt under another name, and acts judged together teach together."""

from datetime import timedelta

import pytest

from territory.models import IdentityConflict, Placement
from territory.services.identities import SeenPlayer, learn_players
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.services.merging import tell_apart
from territory.tests.factories import (
    NOW,
    incoming,
    make_base,
    make_player,
    make_server,
    make_user,
    placed,
    player_id,
)

pytestmark = pytest.mark.django_db

XBOX_ID = player_id("somebody")
LONG_ID = "fJ9nhljHTo_ARGvsvLJWyoDRL4lmfV-e2UQKxhUiUcO="
RENAMED = {
    "pc": ("pc", "Bandoleiro", "Bandoleiro", LONG_ID),
    "pc-suffix": ("pc", "Bandoleiro", "Bandoleiro (2)", LONG_ID),
    "console-without-sign": ("xbox", "Lobo Guara#4821", "Lobo Guara4821", XBOX_ID),
    "unknown-platform": ("", "Dona", "Dona", LONG_ID),
}


@pytest.mark.parametrize("by", ["log", "earlier-act", "act-before-it", "same-batch"])
@pytest.mark.parametrize(("platform", "linked", "seen", "player"), RENAMED.values(), ids=list(RENAMED))
def test_who_bore_a_name_in_doubt_stays_in_doubt_under_another(
    platform: str, linked: str, seen: str, player: str, by: str
) -> None:
    server = make_server(platform=platform)
    make_base(server, make_player(linked, known=False))
    before = incoming(
        seen, player_id=player, occurred_at=NOW - timedelta(minutes=9 if by != "act-before-it" else 0)
    )
    if by == "log":
        learn_players(server, [SeenPlayer(seen, player, NOW - timedelta(minutes=9))])
    else:
        store(server, [before])
    if by == "earlier-act":
        judge_due(server.pk, now=NOW)
    store(server, [incoming("Outro Nome", player_id=player)])

    judge_due(server.pk, now=NOW)

    assert (placed("Outro Nome").action, placed("Outro Nome").reasons["holds"]) == ("review", ["disputed"])  # type: ignore[index]
    tell_apart(IdentityConflict.objects.get(), by=make_user(), now=NOW)
    store(server, [incoming("Outro Nome", player_id=player)])
    judge_due(server.pk, now=NOW)
    assert placed("Outro Nome").action == "ban"


def test_name_that_teaches_teaches_before_anything_of_its_batch_is_judged() -> None:
    server = make_server(platform="xbox", maximum_age=timedelta(days=9))
    owner = make_player("Dona", known=False, created_at=NOW)
    make_base(server, owner)
    acts = {"Nome Antigo": 120, "Dona": 48 * 60}
    store(
        server,
        [
            incoming("Dona", player_id=XBOX_ID),
            *(
                incoming(name, player_id=XBOX_ID, occurred_at=NOW - timedelta(minutes=minutes))
                for name, minutes in acts.items()
            ),
        ],
    )

    judge_due(server.pk, now=NOW)

    assert set(Placement.objects.values_list("outcome", "user")) == {("allowed", owner.pk)}
    assert not IdentityConflict.objects.exists()
