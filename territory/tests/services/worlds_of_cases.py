"""A player, a base and a ban list on disk, brought into each state that a case can be in, and everything that a decision can change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from announcements.models import Announcement
from announcements.tests.factories import make_channel
from clans.models import User
from territory.models import Ban, BanDelivery, BanExtension, Case, CaseAct, GameServer, Infraction
from territory.services import deliveries
from territory.services.bans import BannedPlayer
from territory.services.cases import Snapshot
from territory.services.deciding import (
    ban_by_staff,
    change_end,
    confirm_case,
    dismiss_case,
    lift_case,
    lift_ended_bans,
    undo_act,
)
from territory.services.errors import NotPossibleError
from territory.services.offences import Kind
from territory.tests.factories import (
    NOW,
    incoming,
    judge,
    make_base,
    make_player,
    make_server,
    make_user,
    player_id,
)

CHEATING = Kind("cheating", "Trapaça")
_MODELS: tuple[Any, ...] = (Case, CaseAct, Infraction, Ban, BanDelivery, BanExtension, Announcement)


@dataclass
class World:
    """One player who builds in a foreign base, staff, and the ban list's file."""

    path: Path
    server: GameServer = field(init=False)
    staff: User = field(init=False)
    seconds: int = 0
    about: Case | None = None

    def __post_init__(self) -> None:
        for audience in ("public", "staff"):
            make_channel(audience, audience=audience)
        # An empty list would be read again and again: somebody might be writing it.
        self.path.write_text("OUTRO  // à mão\n")
        self.server = make_server(ban_list=self.path)
        self.staff = make_user("staff", is_staff=True)
        make_base(self.server, make_player("Dona"))

    def bring(self, state: str) -> None:
        """Bring the player's first case into a state, with everything delivered and announced."""
        for step in STATES[state]:
            step(self)
            deliveries.deliver_due()
            Announcement.objects.filter(state="pending").update(state="sent")

    def build(self, mode: str = "enforce", **fields: Any) -> None:
        """Let the player place something; ten minutes apart, so that each act is announced by itself."""
        GameServer.objects.update(mode=mode)
        self.seconds += 600
        at = NOW - timedelta(hours=12) + timedelta(seconds=self.seconds)
        judge(self.server, incoming("X", **{"occurred_at": at} | fields))

    @property
    def case(self) -> Case:
        """The case that is decided about: the first one, unless another is named."""
        return Case.objects.get(pk=self.about.pk) if self.about else Case.objects.earliest("pk")

    def ban(self, name: str = "X", *, instead: bool = False, **fields: Any) -> Case:
        """Ban a player by hand, with `instead` in place of the ban that runs."""
        player = BannedPlayer(player_id(name), name)
        running = Ban.objects.filter(player_id=player.player_id, lifted_at=None).first()
        how: dict[str, Any] = {"replaces": running.pk if running and instead else None} | fields
        return ban_by_staff(self.server, player, kind=CHEATING, by=self.staff, reason="visto", **how)

    def expire(self) -> None:
        Ban.objects.filter(lifted_at=None).update(ends_at=timezone.now())
        lift_ended_bans(now=timezone.now())

    def undo(self, case: Case | None = None) -> CaseAct:
        """Undo the newest act of a case."""
        newest = (case or self.case).acts.order_by("version").last()
        if newest is None:
            raise NotPossibleError("nobody has decided yet")
        return undo_act(newest, by=self.staff, reason="mudei de ideia")

    def decide(self, act: str, case: Case | None = None) -> object:
        """Carry out a decision about a case, or ban its player."""
        if act in ("ban", "instead"):
            return self.ban(case.gamertag if case else "X", instead=act == "instead")
        case = case or self.case
        how: dict[str, Any] = {"by": self.staff, "reason": "visto"}
        acts: Mapping[str, Callable[[], object]] = {
            "confirm": lambda: confirm_case(case, **how),
            "dismiss": lambda: dismiss_case(case, **how),
            "mistake": lambda: lift_case(case, kind=Ban.LiftKind.MISTAKE, **how),
            "mercy": lambda: lift_case(case, kind=Ban.LiftKind.MERCY, **how),
            "end": lambda: change_end(case, timezone.now() + timedelta(days=3), **how),
            "undo": lambda: self.undo(case),
            "redo": lambda: (self.undo(case), self.undo(case)),
        }
        return acts[act]()

    # -- What stands then

    def rows(self) -> list[list[Any]]:
        """Every row that a decision may change."""
        return [list(model.objects.order_by("pk").values()) for model in _MODELS]

    def says(self) -> str:
        """The case's state, its acts, its ban, whether the list bans the player, the wall, and what waits for each channel."""
        deliveries.deliver_due()
        case, snapshot = self.case, Snapshot.of(self.case)
        acts = "".join(status[0] for status in snapshot.statuses.values())
        lines = self.path.read_text().count(player_id("X"))
        wall = Infraction.objects.wall_entries().filter(case=case).count()
        return f"{case.state} {acts} {_ban(snapshot)} lines={lines} wall={wall} {self.announced()}"

    def announced(self) -> str:
        """What waits in the public channel and in the staff's, by the beginnings of the keys."""
        waiting = Announcement.objects.filter(state="pending").order_by("pk")
        keys = list(waiting.values_list("channel__name", "key"))
        assert len(set(keys)) == len(keys)
        public, staff = (
            "+".join(_about(key) for name, key in keys if name == audience) or "-"
            for audience in ("public", "staff")
        )
        return f"{public}|{staff}"


def _about(key: str) -> str:
    return "again" if key.startswith("again") else key.split("-", maxsplit=1)[0]


def _ban(snapshot: Snapshot) -> str:
    if snapshot.ban_id is None:
        return "none"
    return snapshot.lift_kind or ("ends" if snapshot.ends_at else "lasting")


_Step = Callable[[World], object]
_BUILD, _REVIEW = (lambda world: world.build(), lambda world: world.build("review"))


def _act(name: str) -> _Step:
    return lambda world: world.decide(name)


# After each step everything that waits is announced.
STATES: Mapping[str, tuple[_Step, ...]] = {
    "waiting": (_REVIEW,),
    "by rule": (_BUILD,),
    "by staff": (_REVIEW, _act("confirm")),
    "by hand": (_act("ban"),),
    "mistake": (_BUILD, _act("mistake")),
    "mercy": (_BUILD, _act("mercy")),
    "expired": (_BUILD, World.expire),
    "dismissed": (_REVIEW, _act("dismiss")),
    "mixed": (_BUILD, _REVIEW),
}
ACTS = ("confirm", "dismiss", "mistake", "mercy", "end", "ban", "instead", "undo", "redo")
