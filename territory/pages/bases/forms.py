"""Forms of members about their bases, in their own words: a base, a permission, an invitation."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import Clan, User
from clans.services.own_clans import stays_in_force
from common.periods import LAST
from face.parts import isolated
from territory.models import Base, BasePermission, GameServer
from territory.models.base import DEFAULT_RADIUS_M, MAX_RADIUS_M, MIN_RADIUS_M
from territory.points import parse_metres, parse_point
from territory.rules.geometry import is_on_map
from territory.services.bases import BaseDraft, clans_of
from territory.services.permissions import find_friend

Level = BasePermission.Level


def written(metres: float) -> str:
    """Write metres to a decimal as the reader types them."""
    return _plain(metres).replace(".", str(get_format("DECIMAL_SEPARATOR")))


def _plain(metres: float) -> str:
    return f"{metres:.1f}".removesuffix(".0")


def point_written(x: float, z: float) -> str:
    """Write a place as the field of a centre takes it."""
    return f"{written(x)} / {written(z)}"


class BaseForm(forms.Form):
    """A base as its owner wants it; its game server is chosen once."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
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
    centre = forms.CharField(
        label=gettext_lazy("Centre"),
        max_length=1000,
        help_text=gettext_lazy("X / Z in metres, such as 5000 / 3000. Or paste a line of the game's log."),
        widget=forms.TextInput({"autocomplete": "off", "placeholder": "5000 / 3000"}),
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
            kwargs["initial"] = initial_of(base)
        super().__init__(*args, **kwargs | {"label_suffix": ""})
        self.base = base
        clans = [clan.pk for clan in clans_of(owner, at=at)]
        self._choose(
            "clan", Clan.objects.filter(pk__in=[*clans, base.clan_id] if base and base.clan_id else clans)
        )
        if base:
            del self.fields["server"]
        else:
            self._choose("server", GameServer.objects.filter(is_active=True))
            self.fields["radius_m"].initial = f"{DEFAULT_RADIUS_M:g}"

    def _choose(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not any(sign.isprintable() and not sign.isspace() for sign in name):
            raise forms.ValidationError(_("Nobody can see this name. Write one with letters or digits."))
        return name

    def clean_centre(self) -> tuple[float, float]:
        point = parse_point(self.cleaned_data["centre"])
        if point is None:
            raise forms.ValidationError(_("Write X and Z in metres, such as 5000 / 3000."))
        return point

    def clean_radius_m(self) -> float:
        radius_m = parse_metres(self.cleaned_data["radius_m"])
        if radius_m is None or not MIN_RADIUS_M <= radius_m <= MAX_RADIUS_M:
            raise forms.ValidationError(_("From 50 to 200 metres."))
        return radius_m

    def clean(self) -> dict[str, Any]:
        server = self.base.server if self.base else self.cleaned_data.get("server")
        centre = self.cleaned_data.get("centre")
        if (
            server
            and centre
            and not is_on_map(centre[0], centre[1], server.map_size_m)
            and not self._stays(centre)
        ):
            words = _("That is not on the map. X and Z go from 0 to %(size)s metres.")
            self.add_error("centre", words % {"size": written(server.map_size_m)})
        return self.cleaned_data

    def _stays(self, centre: tuple[float, float]) -> bool:
        """Return whether the centre is the base's present one: it may lie on a former map of its game server."""
        return self.base is not None and point_written(*centre) == point_written(self.base.x, self.base.z)

    def draft(self) -> BaseDraft:
        """Return the base of a valid form."""
        values = self.cleaned_data
        (x, z), radius_m, base = values["centre"], values["radius_m"], self.base
        # The fields show a decimal; the base may have more.
        if base and self._stays((x, z)):
            x, z = base.x, base.z
        if base and _plain(radius_m) == _plain(base.radius_m):
            radius_m = base.radius_m
        server = base.server if base else values["server"]
        return BaseDraft(server, values["name"], x, z, radius_m, values["place"], values["clan"])


def initial_of(base: Base) -> dict[str, Any]:
    """Return a base as its form shows it."""
    return {
        "name": base.name,
        "place": base.place,
        "clan": base.clan_id,
        "centre": point_written(base.x, base.z),
        "radius_m": _plain(base.radius_m),
    }


class _GrantForm(forms.Form):
    """What is given, and until when."""

    level = forms.ChoiceField(
        label=gettext_lazy("What they may"), choices=Level, initial=Level.BUILD, widget=forms.RadioSelect
    )
    until = forms.DateField(
        label=gettext_lazy("Until when"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"label_suffix": ""})

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
        field = self.fields["mate"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = clan_mates(giver, at=at).exclude(pk=owner.pk)

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
    """An invitation for whoever opens its link."""

    prefix = "link"


def clan_mates(person: User, *, at: datetime) -> QuerySet[User]:
    """Return the other members of a person's clans, by name."""
    stays = stays_in_force(at=at).filter(clan__in=clans_of(person, at=at))
    people = User.objects.filter(pk__in=stays.values("user"), is_active=True).exclude(pk=person.pk)
    return people.order_by("display_name", "username")


def changes_in_words(base: Base, draft: BaseDraft) -> list[str]:
    """Return what a draft changes of a base, a sentence for each."""
    pairs = [
        (_("Name"), base.name, draft.name),
        (_("Place"), base.place, draft.place),
        (_("Centre"), point_written(base.x, base.z), point_written(draft.x, draft.z)),
        (_("Radius"), f"{written(base.radius_m)} m", f"{written(draft.radius_m)} m"),
        (_("Clan"), str(base.clan or ""), str(draft.clan or "")),
    ]
    return [
        _("%(what)s: from %(before)s to %(after)s")
        % {"what": what, "before": isolated(before or "-"), "after": isolated(after or "-")}
        for what, before, after in pairs
        if before != after
    ]
