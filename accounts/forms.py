"""The forms of signing in, of registration, of passwords and of the second factor.

A form that checks a secret counts the attempt first; TooManyAttemptsError becomes the page 429.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as keys
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.claim_form import ClanNickname
from clans.models import User
from common.attempts import (
    MOST_BY_ACCOUNT,
    MOST_BY_ADDRESS,
    client_address,
    count_attempt,
    forgive_attempt,
)

MOST_REGISTRATIONS, MOST_RESETS, MOST_RESETS_BY_EMAIL = 20, 10, 3
LONGEST_NAME = 40
OF_DISCORD = "discord-"  # so begin the names of people of whom only the Discord id is known


_LABELS = {
    "login": gettext_lazy("User name"),
    "username": gettext_lazy("User name"),
    "email": gettext_lazy("E-mail"),
    "password": gettext_lazy("Password"),
    "oldpassword": gettext_lazy("Present password"),
    "password1": gettext_lazy("New password"),
    "code": gettext_lazy("Code"),
    "name": gettext_lazy("Name of the key"),
    "passwordless": gettext_lazy("Sign in with it without a password"),
}


class _Plain(forms.Form):
    """Fields with labels of ours above them, and without grey words inside. A new password is typed once."""

    password2 = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = _LABELS.get(name, field.label)
            if isinstance(field.widget, forms.PasswordInput):
                field.help_text = ""


# -- Signing in and registration ----------------------------------------------------------------------------------


class SignInForm(_Plain, account.LoginForm):  # type: ignore[misc]  # allauth has no types
    """User name and password, counted and compared by clans.backends."""

    def clean_login(self) -> str:
        return str(User.normalize_username(super().clean_login()))


class RegistrationForm(ClanNickname, _Plain, account.SignupForm):  # type: ignore[misc]
    """A new account. E-mail and the nickname of World of Tanks are optional; the password is typed once."""

    has_read_privacy = forms.BooleanField(
        error_messages={"required": gettext_lazy("Read how your data are used, then tick this box.")}
    )
    field_order = ("username", "email", "password1", "has_read_privacy")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.validators.append(MaxLengthValidator(LONGEST_NAME))
        name.widget.attrs["maxlength"] = str(LONGEST_NAME)
        self.fields["email"].help_text = _("To get back in when you forget your password.")
        self.fields["password1"].label = _LABELS["password"]
        self.fields["password1"].help_text = _("10 characters or more.")

    def full_clean(self) -> None:
        if self.is_bound:
            count_attempt("registration", client_address(context.request), MOST_REGISTRATIONS)
        super().full_clean()

    def clean_username(self) -> str:
        """Refuse names that are another one but for case or width, and those of people known by Discord only."""
        name = User.normalize_username(self.cleaned_data["username"])
        if name.casefold().startswith(OF_DISCORD):
            raise get_adapter().validation_error("username_blacklisted")
        self.cleaned_data["username"] = name
        return str(super().clean_username())

    def try_save(self, request: HttpRequest) -> Any:
        """Register; whoever is a moment too late for a name is told so as everybody else."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            messages.error(request, str(get_adapter().error_messages["username_taken"]))
            return None, HttpResponseRedirect(reverse("account_signup"))


# -- Passwords ----------------------------------------------------------------------------------------------------


class PasswordAgainForm(_Plain, account.ReauthenticateForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(_Plain, account.ChangePasswordForm):  # type: ignore[misc]
    """The old password is counted as at the sign-in."""

    def clean_oldpassword(self) -> str:
        typed: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, typed):
            raise get_adapter().validation_error("enter_current_password")
        return typed


class SetPasswordForm(_Plain, account.SetPasswordForm):  # type: ignore[misc]
    pass


class NewPasswordForm(_Plain, account.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ForgottenPasswordForm(_Plain, account.ResetPasswordForm):  # type: ignore[misc]
    """Takes any address: who has it is never told."""

    @property
    def sends_mail(self) -> bool:
        return bool(settings.EMAIL_URL)

    def clean_email(self) -> str:
        if not self.sends_mail:
            raise forms.ValidationError(_("This site sends no e-mail. Ask staff for a link."))
        email: str = self.cleaned_data["email"].lower()
        count_attempt("reset", client_address(context.request), MOST_RESETS)
        count_attempt("reset-email", email, MOST_RESETS_BY_EMAIL)
        return email


# -- Second factor ------------------------------------------------------------------------------------------------


class _Counted(_Plain):
    """A code is six digits: guesses are counted for each person."""

    user: User

    def clean_code(self) -> str:
        count_attempt("code", str(self.user.pk), MOST_BY_ACCOUNT)
        code: str = super().clean_code()  # type: ignore[misc]
        forgive_attempt("code", str(self.user.pk))
        return code


class CodeForm(_Counted, mfa.AuthenticateForm):  # type: ignore[misc]
    pass


class CodeAgainForm(_Counted, mfa.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateAppForm(_Counted, ActivateTOTPForm):  # type: ignore[misc]
    pass


class AddKeyForm(_Plain, keys.AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = str(LONGEST_NAME)
        self.fields["name"].help_text = _("To tell your keys apart, such as “telephone”.")
        self.fields["passwordless"].help_text = _("The key then asks for your finger, your face or a PIN.")

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"])[:LONGEST_NAME] or _("Key")

    def clean(self) -> Any:
        with _odd_answer_refused():
            return super().clean()


@contextmanager
def _odd_answer_refused() -> Iterator[None]:
    """Take what is no answer of a key for a wrong one."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise get_factor_adapter().validation_error("incorrect_code") from error


class _ReadsKey:
    def clean_credential(self) -> Any:
        with _odd_answer_refused():
            return super().clean_credential()  # type: ignore[misc]


class KeyForm(_ReadsKey, keys.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class KeyAgainForm(_ReadsKey, keys.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class PasskeyForm(_ReadsKey, keys.LoginWebAuthnForm):  # type: ignore[misc]
    """A key instead of a password; it is counted by the address, as a password is."""

    def full_clean(self) -> None:
        if self.is_bound:
            count_attempt("sign-in", client_address(context.request), MOST_BY_ADDRESS)
        super().full_clean()

    def clean_credential(self) -> Any:
        authenticator = super().clean_credential()
        forgive_attempt("sign-in", client_address(context.request))
        return authenticator
