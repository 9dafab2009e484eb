"""The questions before a decision about a link: what will happen in sentences, and what is asked for."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.waiting import WaitingLink
from clans.services.account_links import Kind
from face.parts import isolated
from territory.models.server import Platform

_GIVEN = {
    Kind.WARGAMING: gettext_lazy("%(asker)s sees the clan's pages while the player is in the clan."),
    Kind.GAMERTAG: gettext_lazy(
        "What %(account)s builds counts as built by %(asker)s: in their own bases it is allowed."
    ),
    Kind.PLAYER_ID: gettext_lazy(
        "What %(account)s builds counts as built by %(asker)s: in their own bases it is allowed."
    ),
}


@dataclass(frozen=True, slots=True)
class LinkQuestion:
    """A question, its consequences, the verb of the button; `css` is the button's look."""

    question: str
    consequences: tuple[str, ...]
    act: str
    needs_reason: bool
    asks_platform: bool = False
    css: str = "primary"


def of_giving(row: WaitingLink) -> LinkQuestion:
    """Ask whether the account is the person's who asks."""
    names = _names(row)
    question = _("Does %(account)s belong to %(asker)s?")
    consequences = [_GIVEN.get(Kind(row.link.kind), _("%(account)s is linked to %(asker)s from now on."))]
    if row.owner is not None:
        consequences = [
            _("%(owner)s loses it, and every right that came with it, from now on."),
            *consequences,
            _("What was judged or written before stays as it is."),
            _("%(owner)s reads the reason."),
        ]
    else:
        consequences.append(_("What was judged before stays as it is."))
    if row.owner is not None and row.link.kind in {Kind.DISCORD, Kind.WARGAMING}:
        consequences.append(_("Whoever signs in with it from now on is signed in as %(asker)s."))
    return LinkQuestion(
        question % names,
        tuple(str(sentence) % names for sentence in consequences),
        (_("It belongs to %(asker)s") % names) if row.owner else _("Confirm"),
        needs_reason=row.owner is not None,
        asks_platform=row.link.kind == Kind.GAMERTAG,
        css="danger solid" if row.owner else "primary",
    )


def of_refusing(row: WaitingLink) -> LinkQuestion:
    """Ask whether the claim is refused, or the account stays whose it is."""
    names = _names(row)
    consequences = [
        _("%(account)s is not linked to %(asker)s, who reads the reason and may ask again."),
        _("%(owner)s keeps it, and nothing changes for %(owner)s.") if row.owner else "",
    ]
    question = (
        _("Does %(account)s stay with %(owner)s?") if row.owner else _("Refuse %(account)s for %(asker)s?")
    )
    return LinkQuestion(
        question % names,
        tuple(sentence % names for sentence in consequences if sentence),
        (_("It belongs to %(owner)s") % names) if row.owner else _("Refuse"),
        needs_reason=True,
        css="primary" if row.owner else "danger solid",
    )


def _names(row: WaitingLink) -> dict[str, str]:
    return {
        "account": isolated(row.link.name or row.link.key),
        "asker": isolated(row.asker.user),
        "owner": isolated(row.owner.user) if row.owner else "",
    }


# -- What is asked for -------------------------------------------------------------------------------------------


class LinkReasonForm(forms.Form):
    owner = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The person reads it on their page."),
    )

    def __init__(self, *args: Any, needs_reason: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_reason:
            del self.fields["reason"]


class PlatformForm(LinkReasonForm):
    """For a gamertag: it teaches who the player is on its own console alone."""

    platform = forms.ChoiceField(
        label=gettext_lazy("Console"),
        choices=[
            ("", gettext_lazy("Choose")),
            *((one.value, one.label) for one in (Platform.XBOX, Platform.PLAYSTATION)),
        ],
        help_text=gettext_lazy(
            "On the other one somebody else may bear this name. On PC a name proves nothing."
        ),
    )
    field_order = ("platform", "reason")
