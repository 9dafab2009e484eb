"""The rule as it held on a game server from one moment to the next."""

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territory.models.server import GameServer


class RuleVersion(models.Model):
    """Everything that verdicts of a game server depended on since `since`, until the next version's: never changed.

    `engine` is `territory.rules.verdict.RULE_VERSION`. `policies` holds [pattern, policy, source] of each item rule in the
    order of the patterns; the default rules belong to the engine.
    """

    server = models.ForeignKey(
        GameServer, on_delete=models.PROTECT, related_name="rule_versions", verbose_name=_("game server")
    )
    number = models.PositiveIntegerField(_("number"))
    since = models.DateTimeField(_("since"), default=timezone.now, db_default=Now())
    engine = models.PositiveSmallIntegerField(_("version of the program's rule"))
    mode = models.CharField(_("mode"), max_length=16, choices=GameServer.Mode)
    border_margin_m = models.FloatField(_("border margin (m)"))
    maximum_age = models.DurationField(_("maximum age"))
    policies: Any = models.JSONField(_("item rules"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("version of the rule")
        verbose_name_plural = _("versions of the rule")
        ordering = ["server", "-number"]
        constraints = [
            models.UniqueConstraint(name="territory_ruleversion_number", fields=["server", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.server} · {self.number}"
