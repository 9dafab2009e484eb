"""People for staff."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clans.models import User
from common.admin.parts import PlainAdmin

# Who may edit people must not be able to make themselves more than they are.
_POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class _DiscordForm(forms.ModelForm):  # type: ignore[type-arg]
    """Takes nothing but digits for a Discord id; what was there before stays."""

    def clean_discord_id(self) -> str | None:
        typed: str | None = self.cleaned_data["discord_id"]
        if typed and "discord_id" in self.changed_data and not (typed.isascii() and typed.isdigit()):
            raise forms.ValidationError(gettext("A Discord id has digits only: it is no name."))
        return typed


class PersonCreationForm(_DiscordForm, AdminUserCreationForm):  # type: ignore[type-arg]
    """A new person, with a password or with none."""

    class Meta:
        model = User
        fields = ("username", "display_name", "discord_id")


class PersonChangeForm(_DiscordForm, UserChangeForm):  # type: ignore[type-arg]
    """A person's data; of the password nothing is shown, not even how it is kept."""

    password = None  # type: ignore[assignment] # Django's way to leave a field out

    class Meta:
        model = User
        fields = ("username", "display_name", "discord_id", "email", "is_active", *_POWERS)


@admin.register(User)
class PersonAdmin(PlainAdmin, UserAdmin):  # type: ignore[type-arg]
    can_delete = False  # what people did stays explained: an account is made inactive
    form = PersonChangeForm
    add_form = PersonCreationForm
    list_display = ("username", "display_name", "discord_id", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields = ("username", "display_name", "discord_id", "email")
    ordering = ("username",)
    readonly_fields = ("new_password", "date_joined")
    date_hierarchy = "date_joined"
    fieldsets = (
        (None, {"fields": ("username", "new_password")}),
        (_("Person"), {"fields": ("display_name", "discord_id", "email")}),
        (_("Rights"), {"fields": ("is_active", *_POWERS)}),
        (None, {"fields": ("date_joined",)}),
    )
    _new = ("username", "display_name", "discord_id", "usable_password", "password1", "password2")
    add_fieldsets = ((None, {"fields": _new}),)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer a new password to those who may set one, and no way to a refusal to all others."""
        first, *others = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return [first, *others]
        return [(None, {"fields": ("username",)}), *others]

    @admin.display(description=_("password"))
    def new_password(self, person: User) -> str:
        words = _("Set another password") if person.has_usable_password() else _("Set a password")
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:auth_user_password_change", args=[person.pk]), words
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        own = ("is_active",) if obj == request.user else ()
        return (*fields, *own, *_POWERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People with powers, and their passwords, are changed by themselves and by superusers."""
        is_open = obj is None or obj == request.user or not (obj.is_staff or obj.is_superuser)
        return super().has_change_permission(request, obj) and (is_open or request.user.is_superuser)


admin.site.unregister(Group)


@admin.register(Group)
class StaffGroupAdmin(PlainAdmin, GroupAdmin):
    """Groups of staff, with Django's choice of rights."""
