"""Questions about places: who asks many of them looks for bases."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territory.models.server import GameServer


class PlaceQuestion(models.Model):
    """A person's question whether a place is free, and its answer: for staff who may see positions, for a while only."""

    class Kind(models.TextChoices):
        BASE = "base", _("a base's circle")
        CHECK = "check", _("may I build?")

    class Answer(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    server = models.ForeignKey(
        GameServer, on_delete=models.CASCADE, related_name="+", verbose_name=_("game server")
    )
    kind = models.CharField(_("question"), max_length=8, choices=Kind)
    x = models.FloatField(_("X (east, m)"))
    z = models.FloatField(_("Z (north, m)"))
    answer = models.CharField(_("answer"), max_length=4, choices=Answer)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now, db_default=Now())

    class Meta:
        verbose_name = _("question about a place")
        verbose_name_plural = _("questions about places")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["asked_at"], name="territory_question_asked"),
            models.Index(fields=["person", "asked_at"], name="territory_question_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_kind_display()} · {self.get_answer_display()}"
