"""The community whose site this is."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.audit import audited


class CommunityManager(models.Manager["Community"]):
    """Finds the one community."""

    def current(self) -> "Community":
        """Return the community as staff described it, or one with the values it starts with. One query.

        Every page asks for it, so the logo's bytes are read only by who shows them.
        """
        return self.defer("logo").first() or Community()


@audited(exclude=["logo"])
class Community(models.Model):
    """Name, logo, motto, accent colour and Discord invitation of the site, and whether its wall may be indexed; at most one row."""

    class Accent(models.TextChoices):
        """Colours of links and buttons; static/css/site.css holds them, readable in light and dark."""

        GREEN = "green", _("green")
        TEAL = "teal", _("teal")
        VIOLET = "violet", _("violet")
        WINE = "wine", _("wine")
        OCHRE = "ochre", _("ochre")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=40, default="WOTCS")
    motto = models.CharField(
        _("motto"),
        max_length=120,
        blank=True,
        default="",
        help_text=_("A sentence below the home page's claim."),
    )
    accent = models.CharField(
        _("accent colour"),
        max_length=12,
        choices=Accent,
        default=Accent.GREEN,
        help_text=_(
            "The colour of links and buttons. World of Tanks and staff pages have colours of their own."
        ),
    )
    discord_invitation = models.CharField(
        _("Discord invitation"),
        max_length=100,
        blank=True,
        default="",
        validators=[
            RegexValidator(
                r"^https://(discord\.gg|discord\.com/invite)/[\w-]+$",
                _("Copy the invitation from Discord: https://discord.gg/..."),
            )
        ],
    )
    is_wall_indexed = models.BooleanField(
        _("search engines may list the wall of shame"),
        default=False,
        db_default=False,
        help_text=_("Off: pages with names from the wall ask search engines to leave them out."),
    )
    logo = models.BinaryField(_("logo"), null=True, blank=True)
    logo_type = models.CharField(max_length=20, blank=True, default="", editable=False)

    objects: ClassVar[CommunityManager] = CommunityManager()

    class Meta:
        verbose_name = _("community")
        verbose_name_plural = _("community")
        constraints = [
            models.CheckConstraint(name="face_community_one_row", condition=models.Q(id=1)),
            models.CheckConstraint(
                name="face_community_logo_has_type",
                condition=models.Q(logo__isnull=True, logo_type="")
                | models.Q(logo__isnull=False) & ~models.Q(logo_type=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name
