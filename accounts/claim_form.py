"""Questions for somebody's accounts of the games: World of Tanks, also as a part of registration, and DayZ."""

from typing import Any, TypeVar

from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.services.claiming import Candidate, Lookup, Outcome, claim_chosen, look_up
from clans.models import AccountLink, User
from clans.services.account_links import claim
from common.attempts import TooManyAttemptsError, client_address
from common.errors import NotPossibleError
from face.parts import isolated
from territory.models.identity import PLACEHOLDER_REFUSED, UNSEEN_REFUSED
from territory.rules.names import has_unseen, is_placeholder
from territory.services.linking import gamertag_key, is_linked_to

Form = TypeVar("Form", bound="ClanNickname")
_BARE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class ClanNickname(forms.Form):
    """The question for an account of World of Tanks, by nickname or number: an optional part of a form with `try_save`.

    `lookup` is what was found, `account` the key of the one chosen where several fit.
    """

    nickname = forms.CharField(
        label=gettext_lazy("Do you play World of Tanks in the clan?"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"aria-label": gettext_lazy("Nickname in World of Tanks")} | _BARE),
    )
    account = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    lookup: Lookup | None = None
    answer = ""  # why what was looked up cannot be claimed

    @property
    def wargaming_url(self) -> str:
        """The address to which a sign-in at Wargaming is posted; blank where the site offers none."""
        process = "connect" if context.request.user.is_authenticated else "login"
        ways = [way for way in get_adapter().list_providers(context.request) if way.id == "wargaming"]
        return str(ways[0].get_login_url(context.request, process=process)) if ways else ""

    @property
    def chosen_key(self) -> str:
        return str(self["account"].value() or "")

    @property
    def chosen(self) -> Candidate | None:
        """The account that can be claimed, once it was looked up."""
        return self.lookup.chosen(self.chosen_key) if self.lookup else None

    def look_up(self, nickname: str) -> str:
        """Find the account; return why it cannot be claimed as it stands, blank if it can."""
        try:
            request = context.request
            self.lookup = look_up(nickname, user_id=request.user.pk, address=client_address(request))
        except TooManyAttemptsError as error:
            minutes = -(-error.wait_seconds // 60)
            text = ngettext(
                "Too many names in a row. Leave this blank, or try again in %(minutes)d minute.",
                "Too many names in a row. Leave this blank, or try again in %(minutes)d minutes.",
                minutes,
            )
            return text % {"minutes": minutes}
        return "" if self.chosen else _refusal(self.lookup, nickname)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        nickname = values.get("nickname")
        if nickname and (refusal := self.look_up(nickname)):
            self.add_error("nickname", refusal)
        return values

    def try_save(self, request: HttpRequest) -> Any:
        """Register, and then store the claim; whoever took the account a moment before is no reason not to register."""
        user, answer = super().try_save(request)  # type: ignore[misc]
        if user is not None:
            self.claim_for(request, user)
        return user, answer

    def claim_for(self, request: HttpRequest, user: User) -> AccountLink | None:
        """Store the claim on the chosen account, and tell the person what comes next."""
        chosen = self.chosen
        if chosen is None:
            return None
        try:
            link = claim_chosen(user, chosen)
        except NotPossibleError as error:
            messages.warning(request, str(error))
            return None
        text = _(
            "A commander of %(clan)s confirms that %(nickname)s is you. Until then you see your own pages."
        )
        words = {"clan": isolated(chosen.clan), "nickname": isolated(chosen.nickname)}
        messages.success(request, text % words)
        return link


def _refusal(lookup: Lookup, nickname: str) -> str:
    """Return in words why nothing can be claimed, and what to do."""
    name = isolated(lookup.nickname or nickname)
    words = {
        Outcome.CHOICE: _("Several may be meant. Choose yours, or write the whole nickname."),
        Outcome.NO_CLAN: _(
            "%(name)s is in no clan of this site. Joined a moment ago? Try again in a few minutes."
        ),
        Outcome.TAKEN: _(
            "%(name)s already belongs to somebody here. Is it yours? Sign in with Wargaming, or write to staff."
        ),
        Outcome.YOURS: _("%(name)s is already yours."),
    }
    text = words.get(
        lookup.outcome, _("Nobody in the clan is called %(name)s. Look at how the game writes it.")
    )
    if not lookup.asked_game and lookup.outcome == Outcome.NOT_FOUND:
        text += " " + _(
            "Wargaming was not asked now, only the last reading: who has just joined is found after the next one."
        )
    return text % {"name": name}


def with_answer(form_class: type[Form], request: HttpRequest, **kwargs: Any) -> Form:
    """Return a form as it was typed, with the answer about the nickname and nothing else judged; passwords do not come back."""
    typed = {name: value for name, value in request.POST.items() if "password" not in name}
    form = form_class(initial=typed, **kwargs)
    nickname = str(typed.get("nickname", ""))[:100]
    if nickname.strip():
        form.answer = form.look_up(nickname)
    return form


class ClaimForm(ClanNickname):
    """The same question on a page of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nickname"].required = True
        self.fields["nickname"].label = _("Your nickname, or the number of your account")


class GamertagForm(forms.Form):
    """A gamertag that somebody says is theirs."""

    gamertag = forms.CharField(
        label=gettext_lazy("Gamertag"),
        max_length=100,
        help_text=gettext_lazy("As the game shows it, with its number if it has one: Onça#1234."),
        widget=forms.TextInput(attrs=_BARE),
    )
    xuid = forms.CharField(
        label=gettext_lazy("XUID"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("The number of the Xbox account, if you know it. It helps staff to be sure."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"} | _BARE),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_gamertag(self) -> str:
        """Refuse what proves nothing, and what is known already."""
        gamertag: str = self.cleaned_data["gamertag"]
        if has_unseen(gamertag):
            raise forms.ValidationError(UNSEEN_REFUSED)
        if is_placeholder(gamertag):
            raise forms.ValidationError(PLACEHOLDER_REFUSED)
        if is_linked_to(self.user, gamertag):
            raise forms.ValidationError(_("This gamertag is already yours: the server knows you by it."))
        return gamertag

    def clean_xuid(self) -> str:
        xuid: str = self.cleaned_data["xuid"]
        if xuid and not (xuid.isascii() and xuid.isdigit()):
            raise forms.ValidationError(_("An XUID has digits only."))
        return xuid

    def claim(self) -> AccountLink | None:
        """Store the claim; None, with an error in the form, if it is not possible."""
        gamertag = self.cleaned_data["gamertag"]
        kind, key = AccountLink.Kind.GAMERTAG, gamertag_key(gamertag)
        try:
            return claim(self.user, kind, key, name=gamertag, xuid=self.cleaned_data["xuid"])
        except NotPossibleError as error:
            self.add_error("gamertag", str(error))
            return None
