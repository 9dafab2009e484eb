"""Channels and their outbox, for staff."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from announcements import services, tasks
from announcements.forms import ChannelForm
from announcements.models import Announcement, Channel
from common.admin.parts import PlainAdmin, RecordAdmin
from common.outbox import wake_on_commit

SHOWN_CHARACTERS = 4


@admin.register(Channel)
class ChannelAdmin(PlainAdmin):
    """Where announcements go. The webhook's address is shown to nobody, only how it ends."""

    form = ChannelForm
    list_display = ["name", "audience", "topic", "masked_webhook", "is_active"]
    list_filter = ["audience", "is_active"]
    list_select_related = ["topic"]
    search_fields = ["name", "topic__slug", "topic__name"]
    readonly_fields = ["masked_webhook"]
    actions = ["send_test_message"]

    def get_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """Leave the address itself out for who may only look: the admin would show it in clear."""
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        shown = ["masked_webhook"] if obj else []
        entered = ["webhook_url"] if may_write else []
        return ["name", "audience", "topic", *shown, *entered, "is_active"]

    @admin.display(description=_("webhook address"))
    def masked_webhook(self, channel: Channel) -> str:
        return f"…{channel.webhook_url[-SHOWN_CHARACTERS:]}"

    @admin.action(description=_("Send a test message"), permissions=["change"])
    def send_test_message(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        active = list(queryset.filter(is_active=True))
        for channel in active:
            wake_on_commit(tasks.deliver, services.announce_test(channel).pk)
        text = ngettext(
            "%(count)d test message is on its way; the announcements show how it fared.",
            "%(count)d test messages are on their way; the announcements show how they fared.",
            len(active),
        )
        level = messages.SUCCESS if active else messages.WARNING
        self.message_user(request, text % {"count": len(active)}, level)


@admin.register(Announcement)
class AnnouncementAdmin(RecordAdmin):
    """The outbox, to look at; failed announcements can be tried again."""

    list_display = [
        "created_at",
        "channel",
        "key",
        "state",
        "attempts",
        "not_before",
        "sent_at",
        "last_error",
    ]
    list_filter = ["state", "channel"]
    list_select_related = ["channel"]
    search_fields = ["key"]
    actions = ["retry_failed"]

    def fits(self, action: str, row: Announcement) -> bool:
        return action != "retry_failed" or row.state == Announcement.State.FAILED

    @admin.action(description=_("Try again what failed"), permissions=["decide"])
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        count = services.retry_failed(queryset)
        wake_on_commit(tasks.sweep_announcements)
        text = ngettext(
            "%(count)d announcement is due again.", "%(count)d announcements are due again.", count
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)
