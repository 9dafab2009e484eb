"""Realms: the addresses of Wargaming's API, and the application id for each."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.parts import PlainAdmin
from tanks.models import Player, Realm, SyncedClan
from tanks.models.realm import validate_address
from tanks.services.realms import forget_tokens, name_origins
from tanks.wargaming import checked_realm


class RealmForm(forms.ModelForm):  # type: ignore[type-arg]
    """A realm, its address in the one spelling that the settings are compared with."""

    class Meta:
        model = Realm
        fields = ("name", "url")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        validate_address(url)  # the model's own validators come later
        return checked_realm(url)


class SecretRealmForm(RealmForm):
    """A realm with its application id, for superusers: it can be entered and forgotten, and is never shown."""

    new_application_id = forms.CharField(
        label=gettext_lazy("New application id"),
        required=False,
        max_length=100,
        validators=[RegexValidator(r"^[!-~]+$", gettext_lazy("An application id has no blanks or accents."))],
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "For a realm in which WOT_APP_ID is not valid. It is stored sealed and shown to nobody; left blank, it stays as it is."
        ),
    )
    forget_application_id = forms.BooleanField(
        label=gettext_lazy("Forget the application id"),
        required=False,
        help_text=gettext_lazy("From then on WOT_APP_ID is used."),
    )

    def save(self, commit: bool = True) -> Realm:  # noqa: FBT001, FBT002 - Django's signature
        """Keep the application id for the address that it was entered for."""
        if self.cleaned_data["forget_application_id"] or "url" in self.changed_data:
            self.instance.application_id = ""
        if given := self.cleaned_data["new_application_id"]:
            self.instance.application_id = given
        realm: Realm = super().save(commit)
        return realm


_SECRET = ("new_application_id", "forget_application_id")


@admin.register(Realm)
class RealmAdmin(PlainAdmin):
    list_display = ("name", "url", "official", "has_own_id", "catalogue_version", "catalogue_read_at")
    search_fields = ("name", "url")
    readonly_fields = ("official", "has_own_id", "catalogue_version", "catalogue_read_at")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = SecretRealmForm if request.user.is_superuser else RealmForm
        return super().get_form(request, *args, form=form, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["name", "url", *(_SECRET if request.user.is_superuser else ()), *self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave the address to superusers, once there is one: the application id and members' tokens go there."""
        is_fixed = obj is not None and not request.user.is_superuser
        return (*self.readonly_fields, *(["url"] if is_fixed else []))

    def save_model(self, request: HttpRequest, obj: Realm, form: Any, change: bool) -> None:  # noqa: FBT001
        """Forget the tokens that players gave to an address before anything is sent to another one."""
        super().save_model(request, obj, form, change)
        if "name" in form.changed_data:
            name_origins(obj)
        if change and "url" in form.changed_data:
            text = _(
                "The address was changed. Forgotten with the old one: its application id, and access tokens: %(number)d."
            )
            messages.warning(request, text % {"number": forget_tokens(obj)})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Clans and players have their numbers within their realm."""
        return super().has_delete_permission(request, obj) and not (obj and _is_used(obj))

    @admin.display(description=gettext_lazy("Wargaming's own"), boolean=True)
    def official(self, realm: Realm) -> bool:
        return realm.is_official

    @admin.display(description=gettext_lazy("application id of its own"), boolean=True)
    def has_own_id(self, realm: Realm) -> bool:
        return bool(realm.application_id)


def _is_used(realm: Realm) -> bool:
    return SyncedClan.objects.filter(realm=realm).exists() or Player.objects.filter(realm=realm).exists()
