"""Why something of the old database was not taken over."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """A code for programs, and a sentence for people."""

    # The row was not taken.
    NO_ACCOUNT = "no_account", _("It names no account.")
    BAD_ACCOUNT = "bad_account", _("Its account number cannot be one.")
    BAD_VEHICLE = "bad_vehicle", _("Its vehicle number is missing or cannot be one.")
    BAD_FIGURES = "bad_figures", _("Its battles, wins or badge cannot be right.")
    BAD_TIME = "bad_time", _("Its time cannot be read, or lies in the future.")
    DUPLICATE = "duplicate", _("Another row tells of the same; the newest of them counts.")
    CONTRADICTED = "contradicted", _("A later day is stored with smaller figures; they can only grow.")
    NO_USERNAME = "no_username", _("It has no user name.")
    BAD_USERNAME = (
        "bad_username",
        _("Its user name is too long, or holds characters that cannot be shown."),
    )
    USERNAME_TAKEN = (
        "username_taken",
        _("An account with this user name exists here, and nothing tells that it is the same person's."),
    )
    USERNAME_CASE = (
        "username_case",
        _("An account exists here whose user name differs in upper and lower case only."),
    )
    # The row was taken, but for this.
    BAD_NICKNAME = (
        "bad_nickname",
        _("Without its nickname, which is too long or cannot be shown; the next sync brings it."),
    )
    BAD_PASSWORD = (
        "bad_password",
        _("Without its password, which is stored in another way than expected; staff may set one."),
    )
    BAD_OWN_ACCOUNT = "bad_own_account", _("Without its account in the game, whose number cannot be one.")
    ACCOUNT_TAKEN = (
        "account_taken",
        _("Without its account in the game and its role: that account is linked to another person here."),
    )
    ACCOUNT_DISPUTED = (
        "account_disputed",
        _(
            "Without its account in the game and its role: several people of the old site name that account. Link it in the "
            "admin, under Players, to the one whose it is, and give the role there."
        ),
    )
    RESERVED_USERNAME = (
        "reserved_username",
        _("Its user name is one of those that people known by a Discord id only have here; change it there."),
    )
    NAMESAKE = "namesake", _("Another row has this user name; the first of them counts.")
    NOT_LINKED = (
        "not_linked",
        _("This person is here already and not linked to that account in the game; it was left so."),
    )
    UNKNOWN_ROLE = "unknown_role", _("Without its role, which is neither member nor commander.")
    NO_CLAN = (
        "no_clan",
        _("Without its role: set CLAN_ID (and WOT_REALM) to the clan it belongs to, and run this again."),
    )
