"""The community's name, logo and colours for staff."""

from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin.parts import PlainAdmin
from face.logos import type_of_logo
from face.models import Community


class CommunityForm(forms.ModelForm):  # type: ignore[type-arg]
    """A community; its logo comes as a file and is stored in the row."""

    picture = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG, JPEG or WebP, square, at most 100 kB.")
    )
    without_logo = forms.BooleanField(label=_("Without a logo"), required=False)

    class Meta:
        model = Community
        fields = ("name", "motto", "accent", "discord_invitation", "is_wall_indexed")

    def clean_picture(self) -> bytes | None:
        if self.cleaned_data["picture"] is None:
            return None
        picture: bytes = self.cleaned_data["picture"].read()
        self.instance.logo_type = type_of_logo(picture)
        return picture

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - the signature is Django's
        if picture := self.cleaned_data["picture"]:
            self.instance.logo = picture
        elif self.cleaned_data["without_logo"]:
            self.instance.logo, self.instance.logo_type = None, ""
        return super().save(commit)


@admin.register(Community)
class CommunityAdmin(PlainAdmin):
    can_add = can_delete = False  # the first migration makes the one row
    form = CommunityForm
    list_display = ("name", "motto", "accent")
    fields = (
        *("name", "motto", "accent", "discord_invitation", "is_wall_indexed"),
        *("logo_now", "picture", "without_logo"),
    )
    readonly_fields = ("logo_now",)

    @admin.display(description=_("logo now"))
    def logo_now(self, community: Community) -> str:
        if not community.logo_type:
            return "-"
        return format_html('<img src="{}" alt="{}" width="96" height="96">', reverse("logo"), community.name)
