"""Everything that the site stores about one person, as values for JSON; nothing about others, and no secret."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from clans.models import AccountLink, Clan, ClanInvitation, ClanMembership, User
from tanks.models import AccountSnapshot, GarageTank, Player, RosterEvent, SyncRun, TankSnapshot
from tanks.models.player import AccountFigures
from territory.models import (
    Activity,
    AlarmMute,
    Ban,
    Base,
    BaseInvitation,
    BasePermission,
    BaseRevision,
    GamertagUse,
    Infraction,
    Placement,
    PlaceQuestion,
    PlayerIdentity,
    StaffImmunity,
)

Rows = QuerySet[Any]
# Justice stands above accounts; its models are known here by name alone.
_APPEAL, _APPEAL_MESSAGE = (apps.get_model("justice", name) for name in ("Appeal", "AppealMessage"))


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one model about a person, and their columns by name; `by` is the relation that leads to the person.

    `also` widens them: what a game's log says of a player was not always known to be about the person.
    """

    name: str
    model: type[Model]
    by: str
    columns: Mapping[str, str]
    also: Callable[[User], Q] | None = None

    def rows(self, person: User) -> list[dict[str, Any]]:
        """Return the rows about this person, the oldest first."""
        about = Q(**{self.by: person.pk}) | (self.also(person) if self.also else Q(pk__in=[]))
        rows = self.model._default_manager.filter(about).order_by("pk").distinct()
        return [dict(zip(self.columns, row, strict=True)) for row in rows.values_list(*self.columns.values())]


def _columns(names: str, **others: str) -> dict[str, str]:
    """Return the columns of these names, in words of one text, and others that the file calls otherwise."""
    return {name: name for name in names.split()} | others


def _of_player_ids(person: User) -> Q:
    """Return what the log says of the person's players, also from before they were linked."""
    own = PlayerIdentity.objects.filter(user=person, player_id__isnull=False)
    return Q(player_id__in=list(own.values_list("player_id", flat=True)))


_ACCOUNT = (
    *("username", "display_name", "email", "discord_id", "language", "date_joined", "last_login"),
    *("is_active", "is_staff", "is_superuser", "reads_connections"),
)
_FIGURES = " ".join(field.name for field in AccountFigures._meta.get_fields())
_TANK_FIGURES = "battles wins mark_of_mastery"
_INVITATION = _columns("created_at expires_at accepted_at revoked_at", clan="clan__name")
_PERMISSION = _columns("level granted_at revoked_at", base="base__name", server="base__server__name")
_CIRCLE = _columns("x z radius_m", server="server__name", clan="clan__name")
_SEEN = _columns("occurred_at gamertag player_id kind item display x z", server="server__name")
_OF_PLAYER = {"account_id": "player__account_id"}
SECTIONS = (
    # -- the account
    Section("groups", Group, "user", _columns("name")),
    Section("rights", Permission, "user", _columns("codename")),
    Section("emails", EmailAddress, "user", _columns("email verified")),
    Section(
        "links",
        AccountLink,
        "user",
        _columns("kind key name xuid state proof note created_at decided_at"),
    ),
    Section(
        "ways_to_sign_in",
        SocialAccount,
        "user",
        _columns("provider date_joined last_login", id="uid", received="extra_data"),
    ),
    Section("second_factors", Authenticator, "user", _columns("type created_at last_used_at")),
    Section(
        "sessions",
        UserSession,
        "user",
        _columns("created_at last_seen_at", address="ip", browser="user_agent"),
    ),
    Section(
        "memberships",
        ClanMembership,
        "user",
        _columns("role joined_at left_at follows_game", clan="clan__name", tag="clan__tag"),
    ),
    Section("clans_founded", Clan, "founded_by", _columns("name tag created_at")),
    Section("clan_invitations_received", ClanInvitation, "person", _INVITATION),
    Section("clan_invitations_sent", ClanInvitation, "invited_by", _INVITATION),
    Section("clan_invitations_accepted", ClanInvitation, "accepted_by", _INVITATION),
    # -- DayZ
    Section("bases", Base, "owner", _columns("name place registered_at removed_at") | _CIRCLE),
    Section(
        "former_states_of_bases",
        BaseRevision,
        "owner",
        _columns("valid_from valid_to", name="base__name") | _CIRCLE,
    ),
    Section("permissions_received", BasePermission, "user", _PERMISSION | _columns("revoke_reason")),
    Section(
        "permissions_given",
        BasePermission,
        "granted_by",
        _PERMISSION,
        also=lambda person: Q(base__owner=person),
    ),
    Section(
        "invitations_sent",
        BaseInvitation,
        "invited_by",
        _columns("level created_at expires_at accepted_at revoked_at", base="base__name"),
    ),
    Section(
        "invitations_accepted",
        BaseInvitation,
        "accepted_by",
        _columns("level accepted_at", base="base__name"),
    ),
    Section(
        "questions_about_places",
        PlaceQuestion,
        "person",
        _columns("kind x z answer asked_at", server="server__name"),
    ),
    Section(
        "immunities", StaffImmunity, "user", _columns("granted_at revoked_at note", server="server__name")
    ),
    Section(
        "players_of_dayz",
        PlayerIdentity,
        "user",
        _columns("gamertag player_id xuid platform created_at linked_at"),
    ),
    Section(
        "gamertags",
        GamertagUse,
        "identity__user",
        _columns("gamertag first_seen_at last_seen_at", now="identity__gamertag"),
    ),
    Section(
        "placements",
        Placement,
        "user",
        _SEEN | _columns("xuid altitude received_at judged_at", verdict="outcome", consequence="action"),
        also=_of_player_ids,
    ),
    Section("activities", Activity, "user", _SEEN, also=_of_player_ids),
    Section("alarms_muted", AlarmMute, "muted_by", _columns("muted_at ends_at gamertag", base="base__name")),
    Section(
        "infractions",
        Infraction,
        "user",
        _columns(
            "occurred_at detected_at gamertag player_id xuid status item base_name decided_at decision_reason"
        )
        | {"number": "pk", "type": "infraction_type", "server": "server__name"},
        also=_of_player_ids,
    ),
    Section(
        "bans",
        Ban,
        "infractions__user",
        _columns("gamertag player_id xuid reason created_at ends_at lifted_at lift_reason seen_at")
        | {"number": "pk", "server": "server__name"},
        also=_of_player_ids,
    ),
    # Above this app, hence by name. What staff wrote to the person is the person's, too; who of them wrote it is not.
    Section("appeals", _APPEAL, "person", _columns("opened_at decided_at state", number_of_the_ban="ban")),
    Section(
        "words_of_appeals",
        _APPEAL_MESSAGE,
        "appeal__person",
        _columns("at text is_staff", number_of_the_ban="appeal__ban"),
    ),
    # -- World of Tanks
    Section(
        "accounts_of_world_of_tanks",
        Player,
        "user",
        _columns("account_id nickname role joined_clan_at account_created_at first_seen")
        | _columns("hidden_since token_expires_at private_read_at shares_garage")
        | _columns(_FIGURES, realm="realm__name", clan="clan__name"),
    ),
    Section(
        "vehicles",
        GarageTank,
        "player__user",
        _columns(f"{_TANK_FIGURES} in_garage withdrawn_at first_seen last_changed", tank_id="tank")
        | _OF_PLAYER
        | {"name": "tank__name"},
    ),
    Section("account_by_day", AccountSnapshot, "player__user", _columns(f"day {_FIGURES}", **_OF_PLAYER)),
    Section(
        "vehicles_by_day",
        TankSnapshot,
        "player__user",
        _columns(f"day {_TANK_FIGURES}", tank_id="tank", **_OF_PLAYER),
    ),
    Section(
        "clan_history",
        RosterEvent,
        "player__user",
        _columns("kind before after occurred_at", clan="clan__name", **_OF_PLAYER),
    ),
    Section("readings_asked_for", SyncRun, "requested_by", _columns("requested_at state", clan="clan__name")),
)


def export_of(person: User) -> dict[str, Any]:
    """Return everything about a person. A fixed number of queries."""
    account = {name: getattr(person, name) for name in _ACCOUNT}
    account["has_password"] = person.has_usable_password()
    about = {section.name: section.rows(person) for section in SECTIONS}
    return {"exported_at": timezone.now(), "account": account} | about
