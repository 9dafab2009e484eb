"""Channels and their outbox, for staff."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from announcements import services, tasks
from announcements.models import Announcement, Channel
from common.admin.decisions import Answer, Decision
from common.admin.parts import PlainAdmin, RecordAdmin, moment
from common.outbox import wake_on_commit

SHOWN_CHARACTERS = 4
_PATH = r"/api(/v\d{1,2})?/webhooks/\d{1,20}/[\w-]{1,200}(\?thread_id=\d{1,20})?"
_WEBHOOK = re.compile(r"https://((ptb|canary)\.)?discord(app)?\.com" + _PATH, re.ASCII)
# A stand-in for Discord on this machine, for development and tests.
_STAND_IN = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d{1,5})?" + _PATH, re.ASCII)


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A blank address keeps the old one."""

    class Meta:
        model = Channel
        fields = ["name", "audience", "topic", "clan", "shows_allowed", "webhook_url", "is_active"]
        widgets = {"webhook_url": forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 80})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A form for people who may only look has no such fields.
        if topic := self.fields.get("topic"):
            topic.empty_label = _("all game servers")  # type: ignore[attr-defined]
        if self.instance.pk and (field := self.fields.get("webhook_url")):
            field.required = False
            field.help_text = _("Leave blank to keep the present one.")
            # Otherwise the blank would count as a change, and be written into the history as one.
            self.initial["webhook_url"] = ""

    def clean_clan(self) -> Any:
        """A clan's channel without its clan would get nothing."""
        clan = self.cleaned_data["clan"]
        if clan is None and self.cleaned_data.get("audience") == Channel.Audience.CLAN:
            raise ValidationError(_("Say which clan."))
        return clan

    def clean_webhook_url(self) -> str:
        """Keep the old address for a blank, and take only what can be a Discord webhook."""
        given = str(self.cleaned_data["webhook_url"]).strip()
        if not given and self.instance.pk:
            return str(self.instance.webhook_url)
        is_stand_in = settings.ALLOW_LOOPBACK_ADDRESSES and _STAND_IN.fullmatch(given)
        if not is_stand_in and not _WEBHOOK.fullmatch(given):
            raise ValidationError(_("This is not the address of a Discord webhook."))
        return given


@admin.register(Channel)
class ChannelAdmin(PlainAdmin):
    """Where announcements go. The webhook's address is shown to nobody, only how it ends."""

    form = ChannelForm
    list_display = ["name", "audience", "topic", "masked_webhook", "is_active", "condition"]
    list_filter = ["audience", "is_active"]
    list_select_related = ["topic"]
    search_fields = ["name", "topic__slug", "topic__name"]
    readonly_fields = ["masked_webhook", "condition"]
    actions = ["send_test_message"]

    def get_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """Leave the address itself out for who may only look: the admin would show it in clear."""
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        shown = ["masked_webhook", "condition"] if obj else []
        entered = ["webhook_url"] if may_write else []
        return ["name", "audience", "topic", "clan", "shows_allowed", *shown, *entered, "is_active"]

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Try a channel again that has a new address, with all that waits for it."""
        if "webhook_url" in form.changed_data:
            obj.gone_at = None
            wake_on_commit(tasks.sweep_announcements)
        super().save_model(request, obj, form, change)

    @admin.display(description=_("state"))
    def condition(self, channel: Channel) -> str:
        if channel.gone_at:
            words = _("The webhook is gone since %(time)s. Enter a new address: what waits then goes out.")
            return str(words % {"time": moment(channel.gone_at)})
        if channel.held_until and channel.held_until > timezone.now():
            words = _("Waits until %(time)s: %(why)s.")
            return str(words % {"time": moment(channel.held_until), "why": channel.get_hold_display()})
        return str(_("in order"))

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


def _retry(announcement: Announcement, _by: Any, _answer: Answer) -> None:
    services.retry_failed(Announcement.objects.filter(pk=announcement.pk))


_RETRY = Decision(
    name="retry_failed",
    title=_("Try again what failed"),
    act=_retry,
    done=_("It was made due again."),
    suits=lambda announcements: announcements.filter(state=Announcement.State.FAILED),
    refusal=_("None of these announcements has failed."),
    wakes=(tasks.sweep_announcements,),
)


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
    exclude = ["channel"]  # whoever looks at announcements need not see channels, to which Django would link
    readonly_fields = ["channel_name"]
    list_select_related = ["channel"]
    search_fields = ["key"]
    actions = [_RETRY]

    @admin.display(description=_("channel"))
    def channel_name(self, announcement: Announcement) -> str:
        return str(announcement.channel)
