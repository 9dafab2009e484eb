"""Links of people to their accounts elsewhere, as records: they are decided on the pages of the links that wait."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from clans.models import AccountLink
from common.admin.parts import RecordAdmin, text_column


@admin.register(AccountLink)
class AccountLinkAdmin(RecordAdmin):
    list_display = ("account", "kind", "user", "state", "proof", "created_at", "decided_at", "decided_by")
    list_filter = ("state", "kind", "proof")
    list_select_related = ("user", "decided_by")
    search_fields = ("key__exact", "name", "user__username", "user__display_name", "user__discord_id__exact")
    search_help_text = _("A part of a name, or a whole id.")
    ordering = ("-pk",)
    sortable_by = ()
    account = text_column("name", _("account"))
