"""The account of a person: also of somebody known only by a Discord id."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, Group, PermissionsMixin, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.audit import audited


class PersonManager(UserManager["User"]):
    """Creates people with an account, and people of whom only the Discord id is known."""

    def for_discord_id(self, discord_id: str) -> "User":
        """Return the person with this Discord id, made without a password if nobody has it yet.

        The row is taken over by whoever signs in with that Discord account later, with every right it has gained.
        """
        values: dict[str, Any] = {
            "username": lambda: self._free_name(f"discord-{discord_id}"),
            "password": "!",
        }
        person, _created = self.get_or_create(discord_id=discord_id, defaults=values)
        return person

    def _free_name(self, name: str) -> str:
        """Return a name for a new row: whoever had the Discord id before may have kept this one."""
        return f"{name}-{get_random_string(8)}" if self.filter(username=name).exists() else name


@audited(exclude=["password", "last_login", "date_joined", "erased_at"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person. Someone known only by Discord id is a row without a usable password."""

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("A person with that user name already exists.")},
    )
    # "!" is Django's mark for "no password will ever match".
    password = models.CharField(_("password"), max_length=128, default="!", db_default="!")
    display_name = models.CharField(_("display name"), max_length=150, blank=True, default="", db_default="")
    email = models.EmailField(_("e-mail"), blank=True, default="", db_default="")
    discord_id = models.CharField(
        _("Discord id"),
        max_length=32,
        unique=True,
        null=True,
        blank=True,
        help_text=_("The number Discord gives an account."),
    )
    language = models.CharField(
        _("language"), max_length=10, blank=True, default="", db_default="", choices=settings.LANGUAGES
    )
    reads_connections = models.BooleanField(
        _("reads Discord connections"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Each sign-in with Discord reads which Xbox and Steam accounts are connected there."),
    )
    is_staff = models.BooleanField(
        _("staff"), default=False, db_default=False, help_text=_("May sign in to the admin.")
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    is_superuser = models.BooleanField(_("superuser"), default=False, db_default=False)
    date_joined = models.DateTimeField(_("joined at"), default=timezone.now, db_default=Now())
    # The person deleted the account: the row is a place in the history of bases and verdicts, and nobody any more.
    erased_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                name="clans_user_discord_id_not_blank",
                condition=models.Q(discord_id__isnull=True) | ~models.Q(discord_id=""),
                violation_error_message=_("Leave the Discord id out rather than blank."),
            ),
        ]

    def __str__(self) -> str:
        if self.erased_at is not None:
            return gettext("deleted account")
        return self.display_name or self.username

    def clean(self) -> None:
        """Normalise what forms hand over: a blank Discord id is no Discord id."""
        super().clean()
        self.discord_id = self.discord_id or None

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.discord_id = self.discord_id or None
        super().save(*args, **kwargs)


@audited()
class GroupOfUser(User.groups.through):  # type: ignore[name-defined,misc] # made by Django
    """A person in a group of staff: Django's own rows, under a name for the audit."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("person in a group")

    def __str__(self) -> str:
        return f"{self.user} · {self.group}"


@audited()
class RightOfUser(User.user_permissions.through):  # type: ignore[name-defined,misc]
    """A right that a person has without a group."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("right of a person")

    def __str__(self) -> str:
        return f"{self.user} · {self.permission}"


@audited(app_label="clans")
class RightOfGroup(Group.permissions.through):  # type: ignore[name-defined,misc]
    """A right of a group of staff."""

    class Meta:
        proxy = True
        app_label = "clans"
        default_permissions = ()
        verbose_name = _("right of a group")

    def __str__(self) -> str:
        return f"{self.group} · {self.permission}"
