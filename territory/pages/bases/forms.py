"""Forms of members about their bases, in their own words: a base, a permission, an invitation."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import Clan, User
from clans.services.own_clans import stays_in_force
from common.periods import LAST
from face.parts import isolated
from territory.fields import NameField, PointField, metres_as_typed, refuse_off_map
from territory.models import Base, BasePermission, GameServer
from territory.models.base import DEFAULT_RADIUS_M, MAX_RADIUS_M, MIN_RADIUS_M
from territory.points import parse_metres
from territory.services.bases import BaseDraft, clans_of
from territory.services.permissions import find_friend

Level = BasePermission.Level


def _point_as_typed(x: float, z: float) -> str:
    return f"{metres_as_typed(x)} / {metres_as_typed(z)}"


class BaseForm(forms.Form):
    """A base as its owner wants it; its game server is chosen once."""

    name = NameField(label=gettext_lazy("Name"), max_length=100)
    server = forms.ModelChoiceField(GameServer.objects.none(), widget=forms.HiddenInput)
    clan = forms.ModelChoiceField(
        Clan.objects.none(), label=gettext_lazy("Clan"), required=False, empty_label=gettext_lazy("no clan"),
        help_text=gettext_lazy("Its members may build here."),
    )  # fmt: skip
    place = forms.CharField(
        label=gettext_lazy("Place"),
        max_length=200,
        required=False,
        widget=forms.TextInput({"placeholder": gettext_lazy("Such as: the hill behind the church")}),
    )
    centre = PointField(
        label=gettext_lazy("Centre"),
        max_length=1000,
        help_text=gettext_lazy("X / Z in metres, such as 5000 / 3000. Or paste a line of the game's log."),
    )
    radius_m = forms.CharField(
        label=gettext_lazy("Radius"),
        max_length=20,
        widget=forms.NumberInput(
            {"min": f"{MIN_RADIUS_M:g}", "max": f"{MAX_RADIUS_M:g}", "step": "1", "data-slider": ""}
        ),
    )

    def __init__(
        self, owner: User, at: datetime, *args: Any, base: Base | None = None, **kwargs: Any
    ) -> None:
        """Take whose base it is; `base` is the one that is changed."""
        if base:
            kwargs["initial"] = {
                "name": base.name,
                "place": base.place,
                "clan": base.clan_id,
                "centre": _point_as_typed(base.x, base.z),
                "radius_m": f"{base.radius_m:.1f}".removesuffix(".0"),
            }
        super().__init__(*args, **kwargs)
        self.base = base
        clans = [clan.pk for clan in clans_of(owner, at=at)]
        if base and base.clan_id:
            clans.append(base.clan_id)
        self.fields["clan"].queryset = Clan.objects.filter(pk__in=clans)  # type: ignore[attr-defined]
        if base:
            del self.fields["server"]
        else:
            servers = GameServer.objects.filter(is_active=True)
            self.fields["server"].queryset = servers  # type: ignore[attr-defined]
            self.fields["radius_m"].initial = f"{DEFAULT_RADIUS_M:g}"

    def clean_radius_m(self) -> float:
        radius_m = parse_metres(self.cleaned_data["radius_m"])
        if radius_m is None or not MIN_RADIUS_M <= radius_m <= MAX_RADIUS_M:
            raise forms.ValidationError(_("From 50 to 200 metres."))
        return radius_m

    def clean(self) -> dict[str, Any]:
        server = self.base.server if self.base else self.cleaned_data.get("server")
        # A centre that stays may lie on a former map of its game server.
        if server and "centre" in self.cleaned_data and "centre" in self.changed_data:
            try:
                refuse_off_map(self.cleaned_data["centre"], server)
            except forms.ValidationError as error:
                self.add_error("centre", error)
        return self.cleaned_data

    def draft(self) -> BaseDraft:
        values, base = self.cleaned_data, self.base
        (x, z), radius_m = values["centre"], values["radius_m"]
        # The fields show a decimal; the base may have more.
        if base and "centre" not in self.changed_data:
            x, z = base.x, base.z
        if base and "radius_m" not in self.changed_data:
            radius_m = base.radius_m
        server = base.server if base else values["server"]
        return BaseDraft(server, values["name"], x, z, radius_m, values["place"], values["clan"])


class _GrantForm(forms.Form):
    """What is given, and until when."""

    level = forms.ChoiceField(
        label=gettext_lazy("What they may"), choices=Level, initial=Level.BUILD, widget=forms.RadioSelect
    )
    until = forms.DateField(
        label=gettext_lazy("Until when"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip

    def clean_until(self) -> datetime | None:
        """Return the end of the day, in the reader's time."""
        day = self.cleaned_data["until"]
        if day is None:
            return None
        if not timezone.localdate() <= day < LAST.date():
            raise forms.ValidationError(_("Choose today or a later day, or leave it blank."))
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


class PermissionForm(_GrantForm):
    """A permission for a friend, named by gamertag or Discord id, or chosen among clan mates."""

    friend = forms.CharField(
        label=gettext_lazy("Gamertag or Discord id"),
        max_length=100,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    mate = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Or from your clan"), required=False, empty_label=gettext_lazy("nobody")
    )  # fmt: skip
    field_order = ("friend", "mate", "level", "until")

    def __init__(self, giver: User, owner: User, at: datetime, *args: Any, **kwargs: Any) -> None:
        """Take who gives the permission, and whose base it is."""
        super().__init__(*args, **kwargs)
        mates = _clan_mates(giver, at=at).exclude(pk=owner.pk)
        self.fields["mate"].queryset = mates  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        friend, mate = self.cleaned_data.get("friend"), self.cleaned_data.get("mate")
        if not self.errors and bool(friend) == bool(mate):
            neither = _("Write a gamertag or a Discord id, or choose from your clan.")
            self.add_error("friend", _("Name one person: here, or from your clan.") if friend else neither)
        return self.cleaned_data

    def person(self) -> User:
        """Return whom a valid form names. Raises NotPossibleError as `find_friend`."""
        mate: User | None = self.cleaned_data["mate"]
        return mate or find_friend(self.cleaned_data["friend"])


class RevokeForm(forms.Form):
    """Why a permission is taken away, for those who look back later."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "Optional. The owner, the base's admins and staff read it, and the person in the copy of their own data."
        ),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class InvitationForm(_GrantForm):
    prefix = "link"


def _clan_mates(person: User, *, at: datetime) -> QuerySet[User]:
    """Return the other members of a person's clans, by name."""
    stays = stays_in_force(at=at).filter(clan__in=clans_of(person, at=at))
    people = User.objects.filter(pk__in=stays.values("user"), is_active=True).exclude(pk=person.pk)
    return people.order_by("display_name", "username")


def changes_in_words(base: Base, draft: BaseDraft) -> list[str]:
    """Return what a draft changes of a base, a sentence for each."""
    pairs = [
        (_("Name"), base.name, draft.name),
        (_("Place"), base.place, draft.place),
        (_("Centre"), _point_as_typed(base.x, base.z), _point_as_typed(draft.x, draft.z)),
        (_("Radius"), f"{metres_as_typed(base.radius_m)} m", f"{metres_as_typed(draft.radius_m)} m"),
        (_("Clan"), str(base.clan or ""), str(draft.clan or "")),
    ]
    return [
        _("%(what)s: from %(before)s to %(after)s")
        % {"what": what, "before": isolated(before or "-"), "after": isolated(after or "-")}
        for what, before, after in pairs
        if before != after
    ]
