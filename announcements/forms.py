"""The form behind a channel: its webhook's address goes in and never comes out again."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from announcements.models import Channel

_PATH = r"/api(/v\d{1,2})?/webhooks/\d{1,20}/[\w-]{1,200}(\?thread_id=\d{1,20})?"
_WEBHOOK = re.compile(r"https://((ptb|canary)\.)?discord(app)?\.com" + _PATH, re.ASCII)
# A stand-in for Discord on this machine, for development and tests.
_STAND_IN = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d{1,5})?" + _PATH, re.ASCII)


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A blank address keeps the old one."""

    class Meta:
        model = Channel
        fields = ["name", "audience", "topic", "webhook_url", "is_active"]
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

    def clean_webhook_url(self) -> str:
        """Keep the old address for a blank, and take only what can be a Discord webhook."""
        given = str(self.cleaned_data["webhook_url"]).strip()
        if not given and self.instance.pk:
            return str(self.instance.webhook_url)
        is_stand_in = settings.ALLOW_LOOPBACK_ADDRESSES and _STAND_IN.fullmatch(given)
        if not is_stand_in and not _WEBHOOK.fullmatch(given):
            raise ValidationError(_("This is not the address of a Discord webhook."))
        return given
