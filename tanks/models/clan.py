"""Clans of the game, and what their syncs need to know."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clans.models import Clan
from tanks.models.realm import Realm

NEEDS_BOTH = _("A clan of the game needs both: its realm and its number there.")


class SyncedClan(Clan):
    """A clan whose name, tag, roster and vehicles are synced from the game: one row beside the clan's own.

    The game's clans share names, and a new one takes the name and tag of one that is gone: `origin` distinguishes them.
    """

    clan = models.OneToOneField(
        Clan,
        on_delete=models.CASCADE,
        parent_link=True,
        primary_key=True,
        related_name="synced",
        verbose_name=_("clan"),
    )
    realm = models.ForeignKey(
        Realm,
        on_delete=models.PROTECT,
        related_name="clans",
        verbose_name=_("realm"),
        help_text=_("For a clan of World of Tanks: where it is synced from."),
        db_index=False,
    )
    wargaming_id = models.BigIntegerField(
        _("number in the game"), help_text=_("The clan's number at Wargaming.")
    )
    disbanded_at = models.DateTimeField(_("disbanded at"), null=True, blank=True, editable=False)
    # When the next sync is due; a new clan at once.
    sync_due_at = models.DateTimeField(_("next sync"), default=timezone.now, db_default=Now(), editable=False)
    # Whoever's vehicles were read before it is due to be read again: the daily pass over everybody, which a sync that
    # dies on its way leaves to the next one.
    full_pass_at = models.DateTimeField(
        _("last pass over all vehicles"), null=True, blank=True, editable=False
    )
    # Members that were missing when more were than may leave at once; they have left if the next reading says so too.
    missing_account_ids = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)

    class Meta:
        verbose_name = _("synced clan")
        verbose_name_plural = _("synced clans")
        ordering = ["name", "pk"]
        default_permissions = ()  # the rights are those to its clan
        constraints = [
            models.UniqueConstraint(
                name="tanks_syncedclan_wargaming_id_in_realm",
                fields=["realm", "wargaming_id"],
                violation_error_message=_("This clan of the game is there already."),
            ),
            models.CheckConstraint(
                name="tanks_syncedclan_wargaming_id_positive",
                condition=Q(wargaming_id__gt=0),
                violation_error_message=NEEDS_BOTH,
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if "origin" in (kwargs.get("update_fields") or ("origin",)):
            self.origin = self.origin_now()
        super().save(*args, **kwargs)

    def origin_now(self) -> str:
        """Return the realm, and the clan's number there while no tag in force distinguishes it."""
        has_tag_in_force = self.tag and not self.disbanded_at
        return str(self.realm) if has_tag_in_force else f"{self.realm} #{self.wargaming_id}"
