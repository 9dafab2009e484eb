"""What a person writes about themselves, and how they confirm that they leave."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import person_of
from clans.models import User
from territory.rules.names import has_unseen


class DetailsForm(forms.ModelForm):  # type: ignore[type-arg]
    """How a person is called here, and where a new password can be sent."""

    class Meta:
        model = User
        fields = ("display_name", "email")
        labels = {"display_name": gettext_lazy("Name on the site"), "email": gettext_lazy("E-mail")}
        help_texts = {
            "display_name": gettext_lazy("Left blank, people see your user name."),
            "email": gettext_lazy("Only to send you a new password. Nobody sees it but staff."),
        }

    def clean_display_name(self) -> str:
        name = str(self.cleaned_data["display_name"]).strip()
        if has_unseen(name):
            raise forms.ValidationError(
                _("The name has invisible characters, perhaps from copying. Type it again.")
            )
        return name


class LeaveForm(forms.Form):
    """The user name, typed, and the password of those who have one."""

    username = forms.CharField(
        label=gettext_lazy("Type your user name"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request, self._person = request, person_of(request)
        if not self._person.has_usable_password():
            del self.fields["password"]

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"]).strip()
        if username != self._person.username:
            raise forms.ValidationError(
                _("Your user name is %(name)s.") % {"name": self._person.username}, code="other"
            )
        return username

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if authenticate(self._request, username=self._person.username, password=password) is None:
            raise forms.ValidationError(_("That is not your password."), code="password")
        return password
