"""Players of the game and the people they are; conflicts between them are resolved in the queue."""

# ruff: noqa: ARG002 - the signatures are Django's

import re
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import User
from common.admin.decisions import Answer, Question, ReasonForm, ask, noted
from common.admin.filters import GivenFilter
from common.admin.parts import PlainAdmin, RecordInline
from territory import wording
from territory.adm.grammar import is_full_id
from territory.admin.filters import OccurringFilter
from territory.models import GamertagUse, IdentityConflict, PlayerIdentity
from territory.services.errors import NotPossibleError
from territory.services.merging import merge_identities

_DIGITS = re.compile("[0-9]*")


class IdentityForm(forms.ModelForm):  # type: ignore[type-arg]
    """An identity, of which only the fields changed on the page are saved.

    Judging may learn the player id while the page is open. Each field goes with the value it was shown with, so that
    an untouched one keeps the value that the database holds by now.
    """

    class Meta:
        model = PlayerIdentity
        fields = ("gamertag", "user", "player_id", "xuid", "platform")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def clean_player_id(self) -> str | None:
        return self._checked("player_id", is_full_id, wording.NOT_A_PLAYER_ID)

    def clean_xuid(self) -> str | None:
        return self._checked("xuid", _DIGITS.fullmatch, _("An XUID has digits only."))

    def _checked(self, name: str, check: Callable[[str], object], words: Any) -> str | None:
        """Return the typed value, checked unless it was there before."""
        typed: str | None = self.cleaned_data[name]
        if typed and name in self.changed_data and not check(typed):
            raise forms.ValidationError(words)
        return typed

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk is None:
            return given
        untouched = {name for name in self._meta.fields or () if name in given} - set(self.changed_data)
        return given | {name: getattr(self.instance, name) for name in untouched}

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        if not commit or self.instance.pk is None:
            return super().save(commit)
        self.instance.save(update_fields=self.changed_data)
        return self.instance


class MergeForm(ReasonForm):
    """Which of two identities stays, and why they are one player."""

    field_order = ("remaining", "reason")

    def __init__(self, data: Any, *, identities: list[PlayerIdentity]) -> None:
        super().__init__(data)
        self.fields["remaining"] = forms.ChoiceField(
            label=_("Which one stays"),
            choices=[(str(one.pk), _identity_in_words(one)) for one in identities],
            widget=forms.RadioSelect,
            help_text=_(
                "It takes over what the other has and it lacks: the person, the player id, the XUID."
            ),
        )
        self.order_fields(self.field_order)


def _identity_in_words(identity: PlayerIdentity) -> str:
    person = str(identity.user) if identity.user else _("nobody")
    known = identity.player_id or _("not known yet")
    values = {"gamertag": identity.gamertag, "number": identity.pk, "person": person, "player_id": known}
    return _("%(gamertag)s (#%(number)d), person: %(person)s, player id: %(player_id)s") % values


def _merge_question(identities: list[PlayerIdentity]) -> Question:
    explanation = _(
        "Gamertags, conflicts and records go to the one that stays, and the other one is deleted. With two player ids both "
        "stay, as the accounts of one person."
    )
    if len({one.user_id for one in identities} - {None}) == 2:
        explanation += " " + _(
            "They are linked to two people. Bases, permissions and clans of the other person stay with that "
            "person: move them by hand."
        )
    title = _("Merge: these are one player")
    return Question(title, explanation, _("Merge"), partial(MergeForm, identities=identities))


class GamertagInline(RecordInline):
    model = GamertagUse
    fields = ("gamertag", "first_seen_at", "last_seen_at")


class ConflictInline(RecordInline):
    model = IdentityConflict
    fields = ("gamertag", "player_id", "first_seen_at", "last_seen_at", "resolved_at", "resolved_by")


@admin.register(PlayerIdentity)
class PlayerIdentityAdmin(PlainAdmin):
    can_delete = False  # it is corrected or merged: its names, conflicts and verdicts stay explained
    form = IdentityForm
    list_display = ("gamertag", "user", "player_id", "xuid", "platform", "created_at")
    list_filter = (
        ("platform", OccurringFilter),
        ("user", GivenFilter),
        ("player_id", GivenFilter),
    )
    list_select_related = ("user",)
    search_fields = (
        "gamertag",
        "player_id__exact",
        "xuid__exact",
        "gamertags__gamertag",
        "user__username",
        "user__display_name",
        "user__discord_id__exact",
    )
    search_help_text = gettext_lazy(
        "A part of a gamertag, also a former one, or of a person's name; a whole player id, XUID or Discord id."
    )
    autocomplete_fields = ("user",)
    inlines = (GamertagInline, ConflictInline)
    actions = ("merge",)
    list_only = ("merge",)  # it takes two identities

    def save_model(self, request: HttpRequest, obj: PlayerIdentity, form: Any, change: bool) -> None:  # noqa: FBT001
        """Leave the columns alone that the page did not change."""
        obj.save(update_fields=form.changed_data if change else None)

    @admin.action(description=gettext_lazy("Merge: these are one player"), permissions=["change"])
    def merge(self, request: HttpRequest, queryset: QuerySet[PlayerIdentity]) -> HttpResponse | None:
        identities = list(queryset.select_related("user").order_by("pk")[:3])
        if len(identities) != 2:
            messages.error(request, _("Choose two identities that exist. These were perhaps merged already."))
            return None
        answer = ask(self, request, queryset, _merge_question(identities))
        if not isinstance(answer, dict):
            return answer
        dropped, remaining = sorted(identities, key=lambda one: str(one.pk) == answer["remaining"])
        try:
            self._merge(request, remaining, dropped, answer)
        except NotPossibleError as refusal:
            messages.error(request, str(refusal))
        return None

    @transaction.atomic
    def _merge(
        self, request: HttpRequest, remaining: PlayerIdentity, dropped: PlayerIdentity, answer: Answer
    ) -> None:
        """Merge, and note it with both identities: either may be looked up later."""
        was = [_identity_in_words(one) for one in (remaining, dropped)]
        number = dropped.pk
        merged = merge_identities(remaining, dropped, by=cast("User", request.user), now=timezone.now())
        if merged.is_one_row:
            text = _("Merged: %(dropped)s was taken over by %(remaining)s. %(moved)s")
            done = _("The two identities are one now.")
        else:
            text = _("Linked to one person: %(dropped)s and %(remaining)s. %(moved)s")
            done = _("The two identities are accounts of one person now.")
        moved = _("Placements that changed their person: %(placements)d, infractions: %(infractions)d.")
        counts = {"placements": merged.placements, "infractions": merged.infractions}
        values = {"remaining": was[0], "dropped": was[1], "moved": moved % counts}
        dropped.pk = number
        for one in (remaining, dropped):
            self.log_change(request, one, noted(text % values, answer))
        messages.success(request, done)
